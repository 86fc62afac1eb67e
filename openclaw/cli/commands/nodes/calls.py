"""``openclaw nodes invoke``"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import click

from openclaw.cli.commands.nodes.desk import node_id
from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import WRITE, Caller, GatewayClient, payload_of
from openclaw.errors import Unavailable

#: Beyond the node's own time, for the way there and back.
MARGIN_SECONDS = 15.0
MAX_EXIT_CODE = 255


@click.command("invoke", context_settings={"ignore_unknown_options": True})
@click.argument("node")
@click.argument("name", metavar="COMMAND")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--params", metavar="JSON", help="The parameters, as a JSON object.")
@click.option("--timeout", type=click.FloatRange(0.1, 900), default=30.0, show_default=True, help="Seconds it has.")
@click.option("--key", metavar="KEY", help="Repeat a call with the same key to run it once at most.")
@client_options
@json_option
def invoke(
    url: str | None,
    token: str | None,
    node: str,
    name: str,
    words: tuple[str, ...],
    params: str | None,
    timeout: float,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    """Run COMMAND of NODE and print its answer.

    What follows system.run is the program and its arguments, and what follows system.which are programs:
    openclaw nodes invoke shed system.run -- ls -l
    """
    given = _params(name, words, params)
    caller = Caller(caps=() if as_json else ("node-invoke-progress",))
    with GatewayClient(gateway(url, token), scopes=WRITE, caller=caller) as client:
        asked = {
            "nodeId": node_id(client, node),
            "command": name,
            "params": given,
            "timeoutMs": int(timeout * 1000),
            "idempotencyKey": key or str(uuid.uuid4()),
        }
        answer, told = _wait(client, client.send("node.invoke", asked), timeout + MARGIN_SECONDS)
    if as_json:
        print_json(answer)
    else:
        _show(name, answer["payload"], told=told)


def _params(name: str, words: tuple[str, ...], given: str | None) -> dict[str, Any]:
    if given is not None:
        try:
            params = json.loads(given)
        except ValueError as error:
            raise click.BadParameter(f"is no JSON: {error}", param_hint="--params") from error
        if not isinstance(params, dict):
            raise click.BadParameter("must be a JSON object", param_hint="--params")
        return params
    if name == "system.run":
        return {"command": list(words)}
    if name == "system.which":
        return {"bins": list(words)}
    if words:
        raise click.UsageError(f"{name} takes its parameters by --params")
    return {}


def _wait(client: GatewayClient, request_id: str, seconds: float) -> tuple[dict[str, Any], bool]:
    """The answer, and whether what goes on was shown meanwhile."""
    told, deadline = False, time.monotonic() + seconds
    for frame in client.frames(timeout=max(0.0, deadline - time.monotonic())):
        if frame.get("event") == "node.invoke.progress":
            told = True
            click.echo(frame["payload"]["chunk"], nl=False)
        elif frame.get("id") == request_id:
            return dict(payload_of(dict(frame))), told
    raise Unavailable("the gateway did not answer in time")


def _show(name: str, payload: Any, *, told: bool) -> None:
    if name != "system.run" or not isinstance(payload, dict):
        print_json(payload)
        return
    if not told:
        click.echo(payload.get("stdout") or "", nl=False)
        click.echo(payload.get("stderr") or "", nl=False, err=True)
    code = payload.get("exitCode")
    if payload.get("timedOut"):
        raise click.ClickException("it took too long and was stopped")
    if code:
        raise click.exceptions.Exit(code if 0 < code <= MAX_EXIT_CODE else 1)
