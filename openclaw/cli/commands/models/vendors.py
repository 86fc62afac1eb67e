"""``openclaw models list|status|probe|clear|available|pull``"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
from openclaw.cli.table import print_table

if TYPE_CHECKING:
    from openclaw.plugins.registry import Registry
    from openclaw.ports.provider import ModelInfo
    from openclaw.settings.schema import Settings


#: How long the gateway may take when it asks vendors first, in seconds.
LIST_SECONDS = 30.0


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that vendors list as well; they are asked once an hour.")
@click.option("--refresh", is_flag=True, help="With --all: ask the vendors now.")
@client_options
@json_option
def list_models(url: str | None, token: str | None, *, everything: bool, refresh: bool, as_json: bool) -> None:
    """List the models."""
    wanted = {"view": "all", "refresh": refresh} if everything or refresh else {}
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("models.list", wanted, timeout=LIST_SECONDS)
    if as_json:
        print_json(found)
        return
    for outcome in found.get("providerOutcomes", ()):
        if outcome["status"] != "ready":
            click.echo(f"{outcome['provider']} gave no list: {outcome['status']}", err=True)
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
@click.argument("provider", default="")
@json_option
def available(provider: str, *, as_json: bool) -> None:
    """Ask the configured vendors which models they have, or one of them; any model can be an agent's."""
    from openclaw.composition.model_catalogue import NoListCache, VendorLists

    settings, registry = _parts()
    vendors = settings.models.providers
    if provider and provider not in vendors:
        raise click.ClickException(f"{provider!r} is not configured. Configured: {', '.join(sorted(vendors))}.")
    asked = [vendors[provider]] if provider else list(vendors.values())
    found = VendorLists(registry, NoListCache()).catalogue(asked, {})
    failed = [(id_, each.error) for id_, each in found.outcomes.items() if each.reason]
    if provider and provider not in found.outcomes:
        raise click.ClickException(f"{provider} has no list of its models, or no key to ask for it.")
    if as_json:
        told = [{"provider": id_, "error": error} for id_, error in failed]
        print_json({"models": [_facts(model) for model in found.models], "failed": told})
    else:
        rows = [
            (f"{each.provider}/{each.id}", each.name, each.context_window, ", ".join(each.input_kinds), _cost(each))
            for each in found.models
        ]
        print_table(("MODEL", "NAME", "CONTEXT", "TAKES", "$ IN/OUT"), rows, empty="There is no model.")
        for id_, error in failed:
            click.echo(f"{id_}: {error}", err=True)
    if provider and failed:
        raise SystemExit(1)


def _facts(model: ModelInfo) -> dict[str, Any]:
    facts = {"provider": model.provider, "id": model.id, "name": model.name, "contextWindow": model.context_window}
    return {**facts, "reasoning": model.reasoning, "input": list(model.input_kinds), "cost": _dollars(model)}


def _dollars(model: ModelInfo) -> dict[str, float] | None:
    """US dollars for a million tokens; ``None`` where nobody knows."""
    from openclaw.settings.prices import price_of

    price = price_of(model)
    return None if price is None else {"input": price.input / 1000, "output": price.output / 1000}


def _cost(model: ModelInfo) -> str:
    cost = _dollars(model)
    return "unknown" if cost is None else f"{cost['input']:g}/{cost['output']:g}"


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
    from openclaw.composition.media import open_vendor

    settings, registry = _parts()
    with closing(open_vendor(settings, registry, provider)) as vendor:
        yield vendor


def _parts() -> tuple[Settings, Registry]:
    """The configuration of this machine, and everything that comes along."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.plugins.builtin import register_builtin
    from openclaw.plugins.registry import Registry

    _, settings = part_settings()
    registry = Registry()
    register_builtin(registry)
    return settings, registry
