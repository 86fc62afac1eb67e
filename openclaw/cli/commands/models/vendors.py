"""``openclaw models list|status|probe|clear|available|pull``"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
from openclaw.cli.table import print_table


@click.command("list")
@client_options
@json_option
def list_models(url: str | None, token: str | None, *, as_json: bool) -> None:
    """List the models."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("models.list", {})
    if as_json:
        print_json(found)
        return
    rows = [
        (
            f"{model.get('provider')}/{model.get('id')}",
            model.get("name"),
            model.get("contextWindow"),
            ", ".join(model.get("tags") or []),
        )
        for model in found.get("models", [])
    ]
    print_table(("MODEL", "NAME", "CONTEXT", "TAGS"), rows, empty="No model is configured.")


@click.command("status")
@client_options
@json_option
def status(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Show the vendors: which have a key, and which models are left alone for a while."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("models.authStatus", {})
    if as_json:
        print_json(found)
        return
    rows = [
        (
            vendor["provider"],
            vendor.get("api", ""),
            "no key" if vendor["status"] == "missing" else "ok",
            "; ".join(_rest(rest) for rest in vendor.get("rests", ())) or "-",
        )
        for vendor in found.get("providers", [])
    ]
    print_table(("VENDOR", "API", "KEY", "RESTS"), rows, empty="No vendor is configured.")
    if any(vendor.get("rests") for vendor in found.get("providers", [])):
        click.echo("\n`openclaw models clear` forgets the rests.")


def _rest(rest: dict[str, Any]) -> str:
    what = rest["model"] or "the whole account"
    what += f" with {rest['profile']}" if rest.get("profile", "default") != "default" else ""
    when = datetime.fromtimestamp(rest["untilMs"] / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    state = "will be tried" if rest["over"] else f"until {when}"
    return f"{what}: {rest['reason']} {state}" + (f" ({rest['error']})" if rest["error"] else "")


@click.command("probe")
@click.argument("provider")
@click.option("--timeout", type=click.FloatRange(1, 120), default=15.0, show_default=True, help="Seconds.")
@client_options
@json_option
def probe(provider: str, timeout: float, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Ask a vendor for a word, with the key that is configured. The exit code tells success."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        asked = {"provider": provider, "timeoutMs": int(timeout * 1000)}
        found = client.call("models.probe", asked, timeout=timeout * 2 + 10)
    if as_json:
        print_json(found)
    elif found["status"] == "ok":
        click.echo(f"{found['results'][0]['label']} answered after {found['latencyMs']} ms")
    else:
        click.echo(f"{found['results'][0]['label']}: {found['status']}: {found.get('error', '')}", err=True)
    if found["status"] != "ok":
        raise SystemExit(1)


@click.command("clear")
@click.argument("provider", default="")
@json_option
def clear(provider: str, *, as_json: bool) -> None:
    """Forget that models failed, of one vendor or of all: they are asked again at once."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.model_health import shared_model_health
    from openclaw.composition.redis_parts import open_redis
    from openclaw.composition.storage import open_storage

    _, settings = part_settings()
    storage, redis_parts = open_storage(settings, pool_size=1), open_redis(settings, max_connections=1)
    health = shared_model_health(lambda: settings, storage, redis_parts, dict)
    cleared = health.clear_provider(provider)
    if as_json:
        print_json({"cleared": cleared})
    else:
        click.echo(f"Forgotten: {cleared}." if cleared else "Nothing rests.")


@click.command("available")
@click.argument("provider")
@json_option
def available(provider: str, *, as_json: bool) -> None:
    """Ask a configured vendor which models it has; any of them can be an agent's model."""
    from openclaw.ports.provider import Lister

    with _vendor(provider) as vendor:
        if not isinstance(vendor, Lister):
            raise click.ClickException(f"{provider} has no list of its models.")
        names = vendor.available()
    if as_json:
        print_json({"provider": provider, "models": list(names)})
    else:
        print_table(("MODEL",), [(f"{provider}/{name}",) for name in names], empty=f"{provider} has no model.")


@click.command("pull")
@click.argument("model")
@click.option("--provider", default="ollama", show_default=True, help="The configured server that fetches it.")
def pull(model: str, provider: str) -> None:
    """Have a server of your own fetch a model."""
    from openclaw.ports.provider import Puller

    with _vendor(provider) as vendor:
        if not isinstance(vendor, Puller):
            raise click.ClickException(f"{provider} fetches no models.")
        shown = ""
        for step in vendor.pull(model):
            percent = f" {100 * step.done // step.total}%" if step.total else ""
            if sys.stdout.isatty():
                click.echo(f"\r{step.status}{percent}".ljust(60), nl=False)
            elif step.status != shown:
                click.echo(step.status)
            shown = step.status
    if sys.stdout.isatty():
        click.echo("")


@contextmanager
def _vendor(provider: str) -> Iterator[object]:
    """The client of a vendor, by the configuration of this machine."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.media import open_vendor
    from openclaw.plugins.builtin import register_builtin
    from openclaw.plugins.registry import Registry

    _, settings = part_settings()
    registry = Registry()
    register_builtin(registry)
    with closing(open_vendor(settings, registry, provider)) as vendor:
        yield vendor
