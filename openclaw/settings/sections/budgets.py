"""``[[budgets]]``: how much may be used in a day or a month."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.domain.budgets import Period, Scope
from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class BudgetSection:
    """``[[budgets]]``"""

    scope: str = option(
        Scope.ALL.value,
        "Whom it is about: all together, each agent, each session, or each sender.",
        one_of=tuple(each.value for each in Scope),
    )
    match: str = option("*", "Only this agent (its id), session (its key) or sender (`channel:sender`, or `owner`).")
    period: str = option(Period.DAY.value, "When it renews.", one_of=tuple(each.value for each in Period))
    usd: float = option(0.0, "The most it may cost, in US dollars; 0 for no limit.", minimum=0)
    tokens: int = option(0, "The most tokens of all kinds; 0 for no limit.", minimum=0)
    action: str = option(
        "stop", "What happens when it is used up: calls are refused, or the log warns.", one_of=("stop", "warn")
    )
    time_zone: str = option("UTC", "Whose days and months: a name such as `Europe/Berlin`.")
