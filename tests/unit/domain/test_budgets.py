"""Which purses a call is paid from, when they renew, and whether one more call fits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.budgets import (
    Amount,
    Budget,
    Period,
    Scope,
    Spender,
    Verdict,
    admits,
    purses,
    shown,
    used_up,
    window_of,
)

pytestmark = pytest.mark.spec("K8")

ANN = Spender("main", "agent:main:telegram:default:direct:7", "telegram:7")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def budget(scope: Scope = Scope.AGENT, match: str = "*", period: Period = Period.DAY, **more: object) -> Budget:
    return Budget("budgets[0]", scope, period, Amount(1_000_000, 0), match, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "match", "accounts"),
    [
        (Scope.ALL, "*", ["all:"]),
        (Scope.AGENT, "*", ["agent:main"]),
        (Scope.AGENT, "main", ["agent:main"]),
        (Scope.AGENT, "other", []),
        (Scope.SESSION, "*", [f"session:{ANN.session_key}"]),
        (Scope.SENDER, "telegram:7", ["sender:telegram:7"]),
        (Scope.SENDER, "owner", []),
    ],
)
def test_a_call_is_paid_from_the_purses_of_whoever_it_is_for(scope: Scope, match: str, accounts: list[str]) -> None:
    assert [purse.account for purse in purses((budget(scope, match),), ANN, at("2026-11-27"))] == accounts


@pytest.mark.parametrize(
    ("period", "zone", "now", "window", "renews"),
    [
        (Period.DAY, "UTC", "2026-11-27T23:59:59", "2026-11-27", "2026-11-28T00:00:00"),
        (Period.DAY, "Europe/Berlin", "2026-11-27T23:30:00", "2026-11-28 Europe/Berlin", "2026-11-28T23:00:00"),
        (Period.DAY, "Europe/Berlin", "2026-10-24T23:30:00", "2026-10-25 Europe/Berlin", "2026-10-25T23:00:00"),
        (Period.MONTH, "UTC", "2026-12-31T12:00:00", "2026-12", "2027-01-01T00:00:00"),
        (Period.MONTH, "UTC", "2028-02-29T12:00:00", "2028-02", "2028-03-01T00:00:00"),
    ],
)
def test_a_purse_renews_with_the_day_or_month_of_its_zone(
    period: Period, zone: str, now: str, window: str, renews: str
) -> None:
    assert window_of(budget(period=period, time_zone=zone), at(now)) == (window, at(renews))


_AMOUNT = st.builds(Amount, st.integers(0, 2_000), st.integers(0, 2_000))


@given(_AMOUNT, _AMOUNT, _AMOUNT)
def test_what_fits_while_others_hold_something_never_overdraws(limit: Amount, spent: Amount, wanted: Amount) -> None:
    held = Amount(1, 1)
    if admits(limit, spent, held, wanted) is Verdict.FITS:
        for most, was, also, more in zip(_parts(limit), _parts(spent), _parts(held), _parts(wanted), strict=True):
            assert not most or was + also + more <= most


def _parts(amount: Amount) -> tuple[int, int]:
    return amount.microusd, amount.tokens


def test_a_call_that_may_not_fit_is_made_while_nobody_else_holds_anything() -> None:
    limit, wanted = Amount(tokens=100), Amount(tokens=500)
    assert admits(limit, Amount(tokens=99), Amount(), wanted) is Verdict.FITS
    assert admits(limit, Amount(tokens=99), Amount(tokens=1), wanted) is Verdict.WAIT
    assert admits(limit, Amount(tokens=100), Amount(), wanted) is Verdict.USED_UP
    assert admits(Amount(), Amount(9, 9), Amount(9, 9), wanted) is Verdict.FITS


def test_the_person_is_told_which_budget_it_is_and_when_it_renews() -> None:
    (purse,) = purses((budget(Scope.SENDER),), ANN, at("2026-11-27T10:00:00"))
    assert used_up(purse) == (
        "The budget that you have here for this day is used up. It renews at 2026-11-28 00:00 UTC."
    )


def test_how_much_of_it_was_used() -> None:
    assert shown(Amount(250_000, 1_200), Amount(1_000_000, 5_000)) == "$0.25 of $1.00, 1,200 of 5,000 tokens"
    assert shown(Amount(250_000, 1_200), Amount(0, 5_000)) == "1,200 of 5,000 tokens"
