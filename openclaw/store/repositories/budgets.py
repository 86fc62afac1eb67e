"""Budgets. A purse's row is locked before anybody looks at it, and several purses always in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, or_, select

from openclaw.domain.budgets import Amount, Purse, Verdict, admits
from openclaw.ports.budgets import Hold, Spent
from openclaw.store.database import Database
from openclaw.store.models import budget_holds, budget_spend
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

_place = (budget_spend.c.account == bindparam("p_account"), budget_spend.c.window == bindparam("p_window"))
_hold_place = (budget_holds.c.account == bindparam("p_account"), budget_holds.c.window == bindparam("p_window"))

#: Adds to a purse, which is made by its first spending; the row is locked from here on.
_SPEND = DialectInsert(
    budget_spend,
    lambda statement: statement.on_conflict_do_update(
        index_elements=[budget_spend.c.account, budget_spend.c.window],
        set_={
            "microusd": budget_spend.c.microusd + statement.excluded.microusd,
            "tokens": budget_spend.c.tokens + statement.excluded.tokens,
            "updated_at_ms": statement.excluded.updated_at_ms,
        },
    ).returning(budget_spend.c.microusd, budget_spend.c.tokens),
)
_HELD = select(
    func.coalesce(func.sum(budget_holds.c.microusd), 0), func.coalesce(func.sum(budget_holds.c.tokens), 0)
).where(*_hold_place)
_SPENT = select(budget_spend.c.microusd, budget_spend.c.tokens).where(*_place)
#: What no living call holds: of an earlier attempt of this one, and of those that have expired.
_DROP_DEAD = (
    delete(budget_holds)
    .where(
        *_hold_place,
        or_(budget_holds.c.id == bindparam("p_id"), budget_holds.c.expires_at_ms <= bindparam("p_now")),
    )
    .returning(budget_holds.c.least_microusd, budget_holds.c.least_tokens)
)
_DROP = (
    delete(budget_holds)
    .where(budget_holds.c.id == bindparam("p_id"))
    .returning(
        budget_holds.c.account, budget_holds.c.window, budget_holds.c.least_microusd, budget_holds.c.least_tokens
    )
)
_PUT = insert(budget_holds)
_ACCOUNTS = (
    select(budget_spend.c.account, budget_spend.c.window, budget_spend.c.microusd, budget_spend.c.tokens)
    .where(budget_spend.c.window.in_(bindparam("p_windows", expanding=True)))
    .order_by(budget_spend.c.account, budget_spend.c.window)
    .limit(literal(1_000))
)


class SqlBudgetStore:
    """Implements ``BudgetStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, hold: Hold, purses: Sequence[Purse], now_ms: int) -> tuple[Verdict, Purse | None]:
        """Hold an amount in all of these purses, or in none; the first that does not admit it."""
        by_place: dict[tuple[str, str], list[Purse]] = {}
        for purse in purses:
            by_place.setdefault(purse.place, []).append(purse)
        with self._database.write() as connection:
            standing = {place: _locked(connection, place, hold.id, now_ms) for place in sorted(by_place)}
            for purse in purses:
                found = standing[purse.place]
                verdict = admits(purse.budget.limit, found.spent, found.held, hold.most)
                if verdict is not Verdict.FITS and purse.budget.stops:
                    return verdict, purse
            connection.execute(_PUT, [_hold_row(hold, place) for place in by_place])
        return Verdict.FITS, None

    def let_go(self, hold_id: str, *, made: bool) -> None:
        """End a hold. If the call was made, nobody knows what it used: its least is counted."""
        with self._database.write() as connection:
            dropped = connection.execute(_DROP, {"p_id": hold_id}).all()
            for row in sorted(dropped if made else (), key=lambda each: (each.account, each.window)):
                _spend(connection, (row.account, row.window), _least(row), 0)

    def standing(self, purses: Sequence[Purse]) -> list[Spent]:
        """How each of these stands."""
        with self._database.read() as connection:
            return [_standing(connection, purse.place) for purse in purses]

    def accounts(self, windows: Sequence[str]) -> list[tuple[str, str, Spent]]:
        """Accounts of these windows, with how they stand, by name."""
        with self._database.read() as connection:
            rows = connection.execute(_ACCOUNTS, {"p_windows": list(windows)}).all()
            return [
                (row.account, row.window, Spent(Amount(row.microusd, row.tokens), _held(connection, tuple(row[:2]))))
                for row in rows
            ]


def settle(connection: Connection, hold_id: str, places: Iterable[tuple[str, str]], used: Amount, now_ms: int) -> None:
    """Count what a call has used and let go what it held; within the transaction that records the call."""
    connection.execute(_DROP, {"p_id": hold_id})
    for place in sorted(set(places)):
        _spend(connection, place, used, now_ms)


def _locked(connection: Connection, place: tuple[str, str], hold_id: str, now_ms: int) -> Spent:
    """How a purse stands, its row locked and what nobody holds any more counted."""
    spent = _spend(connection, place, Amount(), now_ms)
    dead = connection.execute(_DROP_DEAD, {**_at(place), "p_id": hold_id, "p_now": now_ms}).all()
    if dead:
        spent = _spend(connection, place, sum(map(_least, dead), Amount()), now_ms)
    return Spent(spent, _held(connection, place))


def _spend(connection: Connection, place: tuple[str, str], amount: Amount, now_ms: int) -> Amount:
    row = {
        "account": place[0],
        "window": place[1],
        "microusd": amount.microusd,
        "tokens": amount.tokens,
        "updated_at_ms": now_ms,
    }
    return Amount(*connection.execute(_SPEND.on(connection), row).one())


def _standing(connection: Connection, place: tuple[str, str]) -> Spent:
    spent = connection.execute(_SPENT, _at(place)).one_or_none()
    return Spent(Amount(*spent) if spent is not None else Amount(), _held(connection, place))


def _held(connection: Connection, place: tuple[str, ...]) -> Amount:
    return Amount(*connection.execute(_HELD, _at(place)).one())


def _at(place: tuple[str, ...]) -> dict[str, str]:
    return {"p_account": place[0], "p_window": place[1]}


def _least(row: AnyRow) -> Amount:
    return Amount(row.least_microusd, row.least_tokens)


def _hold_row(hold: Hold, place: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": hold.id,
        "account": place[0],
        "window": place[1],
        "microusd": hold.most.microusd,
        "tokens": hold.most.tokens,
        "least_microusd": hold.least.microusd,
        "least_tokens": hold.least.tokens,
        "expires_at_ms": hold.expires_at_ms,
    }
