"""``openclaw budgets``: what was used of each budget, and when it renews. Speaks to SQL itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from openclaw.cli.options import json_option, print_json
from openclaw.cli.table import print_table

if TYPE_CHECKING:
    from openclaw.domain.budgets import Budget
    from openclaw.ports.budgets import BudgetStore


@click.command("budgets")
@json_option
def command(*, as_json: bool) -> None:
    """Show the budgets: who has used how much of each, and when it renews."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.storage import open_storage

    _, settings = part_settings()
    rows = list(_rows(settings.budgets, open_storage(settings, pool_size=1).budgets)) if settings.budgets else []
    if as_json:
        print_json({"budgets": rows})
        return
    columns = ("budget", "account", "period", "used", "held_tokens", "renews_at")
    print_table(
        [name.upper().replace("_", " ") for name in columns],
        [[row[name] for name in columns] for row in rows],
        empty="There are no budgets; [[budgets]] in the configuration makes one.",
    )


def _rows(budgets: tuple[Budget, ...], store: BudgetStore) -> Iterator[dict[str, Any]]:
    from openclaw.domain.budgets import Amount, shown, window_of
    from openclaw.domain.pricing import MICRO_PER_USD
    from openclaw.ports.budgets import Spent

    nothing = Spent(Amount(), Amount())
    now = time.time_ns() // 1_000_000
    windows = {budget.name: window_of(budget, now) for budget in budgets}
    accounts = store.accounts([window for window, _ in windows.values()])
    for budget in budgets:
        window, renews_at_ms = windows[budget.name]
        prefix = f"{budget.scope.value}:"
        own = [
            (account, standing)
            for account, found, standing in accounts
            if found == window and account.startswith(prefix) and budget.match in ("*", account.removeprefix(prefix))
        ]
        for account, standing in own or [(f"{prefix}{budget.match}", nothing)]:
            spent = standing.spent
            yield {
                "budget": budget.name,
                "account": account,
                "period": budget.period.value,
                "window": window,
                "used": "nothing yet" if standing is nothing else shown(spent, budget.limit),
                "spent_usd": spent.microusd / MICRO_PER_USD,
                "spent_tokens": spent.tokens,
                "held_tokens": standing.held.tokens,
                "limit_usd": budget.limit.microusd / MICRO_PER_USD,
                "limit_tokens": budget.limit.tokens,
                "stops": budget.stops,
                "renews_at": datetime.fromtimestamp(renews_at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ"),
            }
