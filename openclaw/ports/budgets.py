"""Where budgets are kept: what was spent of each purse, and what calls in flight hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.budgets import Amount, Purse, Verdict


@dataclass(frozen=True, slots=True)
class Hold:
    """What one call may use at the most, until it is settled."""

    #: Names the call: the same one, made again, holds once.
    id: str
    most: Amount
    #: What it has used at least once it was made: counted when nobody can say how it ended.
    least: Amount
    #: When nobody makes it any more; milliseconds since the epoch.
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Spent:
    """How a purse stands."""

    spent: Amount
    held: Amount


class BudgetStore(Protocol):
    """Every method is one transaction. Raises StoreUnavailable."""

    def hold(self, hold: Hold, purses: Sequence[Purse], now_ms: int) -> tuple[Verdict, Purse | None]:
        """Hold an amount in all of these purses, or in none; the first that does not admit it.

        A hold of the same id, of an attempt that died, is counted with its least, and so are those that have expired.
        """
        ...

    def let_go(self, hold_id: str, *, made: bool) -> None:
        """End a hold. If the call was made, nobody knows what it used: its least is counted."""
        ...

    def standing(self, purses: Sequence[Purse]) -> list[Spent]:
        """How each of these stands."""
        ...

    def accounts(self, windows: Sequence[str]) -> list[tuple[str, str, Spent]]:
        """Accounts of these windows, with how they stand, by name."""
        ...
