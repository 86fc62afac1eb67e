"""``openclaw gateway status | probe``: whether there is one, whether it is ready, and what this client may do there."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient, GatewayRefused
from openclaw.errors import OpenClawError, Unavailable
from openclaw.settings.client import GatewayAddress

_READY_SECONDS = 5.0
#: What a client reads first, and whether it may says what it is good for.
_PROBED = ("health", "status", "system-presence", "config.get")


@click.command("status")
@client_options
@json_option
def status(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Whether the gateway runs and is ready, its start, and how it stands to its configuration.

    The exit code tells: 0 for a gateway that is ready and follows the newest configuration.
    """
    address = gateway(url, token)
    found = _status(address)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if not (found["ready"] and not (found.get("config") or {}).get("problem") and "error" not in found):
        raise click.exceptions.Exit(1)


def _status(address: GatewayAddress) -> dict[str, Any]:
    found: dict[str, Any] = {"url": address.url, "reachable": False, "ready": False, "failing": []}
    try:
        found |= _readiness(address)
    except OSError as error:
        return found | {"error": f"no gateway answers at {address.url} ({error}); `openclaw up` starts one"}
    if not found["ready"]:
        return found
    try:
        with GatewayClient(address, scopes=READ) as client:
            answer = client.call("status", {})
    except OpenClawError as error:
        return found | {"error": str(error)}
    reload = answer.get("configReload") or {}
    return found | {
        "version": answer.get("runtimeVersion"),
        "uptimeMs": answer.get("uptimeMs"),
        "startup": answer.get("startup", []),
        "config": {
            "version": reload.get("version"),
            "problem": reload.get("lastError", ""),
            "restartNeeded": reload.get("restartNeeded", []),
        },
    }


def _readiness(address: GatewayAddress) -> dict[str, Any]:
    """What ``/readyz`` says; it needs no credential. Raises OSError."""
    parts = urlsplit(address.url)
    kind = http.client.HTTPSConnection if parts.scheme == "wss" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_READY_SECONDS)
    started = time.perf_counter()
    try:
        connection.request("GET", "/readyz")
        body = json.loads(connection.getresponse().read() or b"{}")
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"what answers there is no gateway: {error!r}") from error
    finally:
        connection.close()
    if not isinstance(body, dict) or "ready" not in body:
        raise OSError("what answers there is no gateway of ours")
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    return {"reachable": True, "ready": bool(body["ready"]), "failing": body.get("failing", []), "ms": milliseconds}


def _show(found: dict[str, Any]) -> None:
    if not found["reachable"]:
        click.echo(click.style("not running", fg="red"))
    elif not found["ready"]:
        click.echo(f"{click.style('not ready', fg='yellow')} at {found['url']}: {', '.join(found['failing'])}")
    else:
        version = f", version {found['version']}" if found.get("version") else ""
        click.echo(f"{click.style('ready', fg='green')} at {found['url']}{version} ({found['ms']} ms)")
    if found.get("error"):
        click.echo(f"error: {found['error']}", err=True)
    if "config" not in found:
        return
    seconds = (found["uptimeMs"] or 0) // 1000
    click.echo(f"up for   {seconds // 3600} h {seconds % 3600 // 60} min {seconds % 60} s")
    steps = [f"{step['step']} {step['ms']:g} ms" for step in found["startup"]]
    click.echo(f"start    {', '.join(steps)}")
    config = found["config"]
    number = config["version"]
    click.echo(f"config   {f'version {number}' if number else 'never stored'}")
    if config["problem"]:
        click.echo(click.style(f"         not in force: {config['problem']}", fg="red"))
    if config["restartNeeded"]:
        click.echo(click.style(f"         waits for a restart: {', '.join(config['restartNeeded'])}", fg="yellow"))


@click.command("probe")
@click.option("--timeout", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Seconds to wait.")
@client_options
@json_option
def probe(timeout: float, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Connect, and say what this client is there and which questions it may ask. The exit code tells success."""
    address = gateway(url, token)
    started = time.perf_counter()
    try:
        with GatewayClient(address, scopes=READ, timeout=timeout) as client:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            server, auth = client.hello.get("server") or {}, client.hello.get("auth") or {}
            found: dict[str, Any] = {
                "ok": True,
                "url": address.url,
                "connectMs": milliseconds,
                "version": server.get("version"),
                "role": auth.get("role"),
                "scopes": auth.get("scopes", []),
                "checks": [_check(client, method, timeout) for method in _PROBED],
            }
    except OpenClawError as error:
        details = {"code": error.detail or error.code} if isinstance(error, GatewayRefused) else {}
        found = {"ok": False, "url": address.url, "error": str(error), **details}
    if as_json:
        print_json(found)
    else:
        _show_probe(found)
    if not found["ok"]:
        raise click.exceptions.Exit(1)


def _check(client: GatewayClient, method: str, timeout: float) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        client.call(method, {}, timeout=timeout)
        result = "ok"
    except GatewayRefused as error:
        result = str(error)
    except Unavailable as error:
        result = str(error)
    return {"method": method, "result": result, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _show_probe(found: dict[str, Any]) -> None:
    if not found["ok"]:
        click.echo(f"{click.style('failed', fg='red')} at {found['url']}: {found['error']}")
        return
    click.echo(f"{click.style('connected', fg='green')} to {found['url']} in {found['connectMs']} ms")
    click.echo(f"version  {found['version']}")
    click.echo(f"scopes   {', '.join(found['scopes']) or 'none'}")
    for check in found["checks"]:
        click.echo(f"{check['method']:<16} {check['result']} ({check['ms']} ms)")
