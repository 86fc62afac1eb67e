"""``openclaw gateway usage-cost | stability``: what the gateway has counted."""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import ago, print_table
from openclaw.errors import NotFound
from openclaw.settings.client import GatewayAddress


@click.command("usage-cost")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How far to look back.")
@client_options
@json_option
def usage_cost(days: int, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Tokens and cost by day."""
    found = _ask(gateway(url, token), "usage.cost", {"days": days})
    if as_json:
        print_json(found)
        return
    used = [day for day in found.get("daily", []) if day.get("totalTokens")]
    rows = [_usage_row(day["date"], day) for day in used]
    if used and isinstance(found.get("totals"), dict):
        rows.append(_usage_row("in all", found["totals"]))
    print_table(("DAY", "INPUT", "OUTPUT", "TOKENS", "COST"), rows, empty=f"Nothing was used in {days} days.")


def _usage_row(name: str, day: dict[str, Any]) -> tuple[object, ...]:
    return name, day.get("input", 0), day.get("output", 0), day.get("totalTokens", 0), _cost(day)


def _cost(day: dict[str, Any]) -> str:
    """What is known of it; runs of models without a listed price are not free."""
    cost, unknown = day.get("totalCost") or 0, day.get("missingCostEntries") or 0
    if not unknown:
        return f"{cost:.4f}"
    return f"{cost:.4f} and more" if cost else "unknown"


@click.command("stability")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Events to show.")
@client_options
@json_option
def stability(limit: int, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Recent events that tell of trouble, counted by kind."""
    found = _ask(gateway(url, token), "diagnostics.stability", {"limit": limit})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (ago(event.get("ts"), now), event.get("type"), event.get("outcome"), event.get("reason"))
        for event in found.get("events", [])
    ]
    print_table(("WHEN", "EVENT", "OUTCOME", "WHY"), rows, empty="Nothing was recorded.")
    counts = (found.get("summary") or {}).get("byType") or {}
    if counts:
        click.echo()
        print_table(("EVENT", "COUNT"), sorted(counts.items(), key=lambda item: -item[1]), empty="")


def _ask(address: GatewayAddress, method: str, params: dict[str, Any]) -> dict[str, Any]:
    with GatewayClient(address, scopes=READ) as client:
        offered = (client.hello.get("features") or {}).get("methods")
        if offered is not None and method not in offered:
            raise NotFound(f"this gateway does not offer {method}; `openclaw gateway status` shows its version")
        return dict(client.call(method, params))
