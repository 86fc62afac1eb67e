"""Budgets: how much may be used in a day or a month, by whom, and whether one more call fits. Pure.

A budget is kept in purses: one for each agent, session or sender that it is about, and each day or month. A call holds
what it may use at the most before it is made, and is settled with what it did use. A call that may not fit is made only
while no other one holds anything of the purse, so a purse is overdrawn by one call at the most, however many workers
there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from openclaw.domain.pricing import usd
from openclaw.domain.time_zones import zone_of


class Scope(StrEnum):
    """Whom a budget is about."""

    ALL = "all"
    AGENT = "agent"
    SESSION = "session"
    SENDER = "sender"


class Period(StrEnum):
    """How long a purse lasts."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in millionths of a US dollar, and tokens of all kinds."""

    microusd: int = 0
    tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.microusd + other.microusd, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Budget:
    """One entry of ``[[budgets]]``. A limit of 0 does not limit."""

    name: str
    scope: Scope
    period: Period
    limit: Amount
    #: An agent's id, a session's key or ``channel:sender``; ``*`` for each its own.
    match: str = "*"
    #: Whether calls are refused when it is used up; otherwise the log says so.
    stops: bool = True
    time_zone: str = "UTC"


#: The option of a run that names the sender who pays for it, where that is not whoever wrote its message: for what
#: agents have each other do, it is the one who had them do it.
PAYER = "payer"


def paid_by(payer: str) -> dict[str, str]:
    """The option that names who pays; nothing where that is not known."""
    return {PAYER: payer} if payer else {}


@dataclass(frozen=True, slots=True)
class Spender:
    """For whom a call is made."""

    agent_id: str
    session_key: str
    #: ``channel:sender``, or ``owner``.
    sender: str

    def subject(self, scope: Scope) -> str:
        """What the scope tells apart."""
        return {
            Scope.ALL: "",
            Scope.AGENT: self.agent_id,
            Scope.SESSION: self.session_key,
            Scope.SENDER: self.sender,
        }[scope]


@dataclass(frozen=True, slots=True)
class Purse:
    """What one budget is kept in for one subject and time. Purses with the same account and window are one."""

    budget: Budget
    account: str
    window: str
    #: When the next one begins; milliseconds since the epoch.
    renews_at_ms: int

    @property
    def place(self) -> tuple[str, str]:
        return self.account, self.window


def purses(budgets: Sequence[Budget], spender: Spender, now_ms: int) -> tuple[Purse, ...]:
    """The purses that a call is paid from."""
    return tuple(_purses(budgets, spender, now_ms))


def _purses(budgets: Sequence[Budget], spender: Spender, now_ms: int) -> Iterator[Purse]:
    for budget in budgets:
        subject = spender.subject(budget.scope)
        if budget.match in ("*", subject):
            window, renews_at_ms = window_of(budget, now_ms)
            yield Purse(budget, f"{budget.scope.value}:{subject}", window, renews_at_ms)


def window_of(budget: Budget, now_ms: int) -> tuple[str, int]:
    """The name of the day or month that it is in the budget's zone, and when the next one begins."""
    zone = zone_of(budget.time_zone)
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    if budget.period is Period.DAY:
        first, following = now.date(), now.date() + timedelta(days=1)
        name = first.isoformat()
    else:
        first = now.date().replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        name = f"{first:%Y-%m}"
    renews = datetime(following.year, following.month, following.day, tzinfo=zone)
    where = "" if budget.time_zone == "UTC" else f" {budget.time_zone}"
    return f"{name}{where}", int(renews.timestamp() * 1000)


class Verdict(StrEnum):
    """Whether a call fits."""

    FITS = "fits"
    #: Others hold what is left: ask again when they are settled.
    WAIT = "wait"
    USED_UP = "used up"


def admits(limit: Amount, spent: Amount, held: Amount, wanted: Amount) -> Verdict:
    """Whether a call that may use ``wanted`` fits beside what was spent and what others hold."""
    verdicts = {
        _admits(limit.microusd, spent.microusd, held.microusd, wanted.microusd),
        _admits(limit.tokens, spent.tokens, held.tokens, wanted.tokens),
    }
    return next(each for each in (Verdict.USED_UP, Verdict.WAIT, Verdict.FITS) if each in verdicts)


def _admits(limit: int, spent: int, held: int, wanted: int) -> Verdict:
    if not limit:
        return Verdict.FITS
    if spent >= limit:
        return Verdict.USED_UP
    if spent + held + wanted <= limit or not held:
        return Verdict.FITS
    return Verdict.WAIT


def used_up(purse: Purse) -> str:
    """What the person is told whose call was refused."""
    budget = purse.budget
    whose = {
        Scope.ALL: "of this assistant",
        Scope.AGENT: "of this agent",
        Scope.SESSION: "of this conversation",
        Scope.SENDER: "that you have here",
    }[budget.scope]
    renews = datetime.fromtimestamp(purse.renews_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"The budget {whose} for this {budget.period.value} is used up. It renews at {renews}."


def shown(amount: Amount, limit: Amount) -> str:
    """How much of a limit was used, for people."""
    money = f"{usd(amount.microusd)} of {usd(limit.microusd)}" if limit.microusd else ""
    tokens = f"{amount.tokens:,} of {limit.tokens:,} tokens" if limit.tokens else ""
    return ", ".join(filter(None, (money, tokens)))
