"""``[[budgets]]`` as turns go by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openclaw.domain.budgets import Amount, Budget, Period, Scope
from openclaw.domain.pricing import MICRO_PER_USD
from openclaw.domain.time_zones import is_zone
from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.budgets import BudgetSection


def read_budgets(sections: Sequence[BudgetSection]) -> tuple[Budget, ...]:
    """The budgets, each named after its place."""
    return tuple(
        Budget(
            name=f"budgets[{index}]",
            scope=Scope(section.scope),
            period=Period(section.period),
            limit=Amount(round(section.usd * MICRO_PER_USD), section.tokens),
            match=section.match,
            stops=section.action == "stop",
            time_zone=section.time_zone,
        )
        for index, section in enumerate(sections)
    )


def check_budgets(sections: Sequence[BudgetSection]) -> Iterator[Problem]:
    """Everything that is wrong."""
    for index, section in enumerate(sections):
        if not section.usd and not section.tokens:
            yield Problem(("budgets", index), "limits nothing: give usd or tokens")
        if section.scope == Scope.ALL.value and section.match != "*":
            yield Problem(("budgets", index, "match"), "there is nothing to match where all are meant together")
        if not is_zone(section.time_zone):
            yield Problem(("budgets", index, "time_zone"), f"{section.time_zone!r} is none such as Europe/Berlin")
