"""A turn's budgets: what its calls hold before they are made, and where they are charged."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from openclaw.agent.context_keeper import ContextKeeper
from openclaw.agent.model_step import RequestFactory
from openclaw.agent.turn_log import TurnLog
from openclaw.domain.budgets import PAYER, Amount, Purse, Spender, Verdict, purses, used_up
from openclaw.domain.run import Usage
from openclaw.errors import BudgetBusy, BudgetSpent, StoreUnavailable
from openclaw.ports.budgets import Hold
from openclaw.ports.models import Candidate
from openclaw.ports.store import Charge, Claim

log = logging.getLogger(__name__)

#: A hold outlives the longest call by this much.
GRACE_MS = 60_000


@dataclass(slots=True)
class TurnBudget:
    """Costs nothing where no budget is about the turn."""

    log: TurnLog
    _purses: tuple[Purse, ...] = field(init=False)
    _hold_id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        claim, parts = self.log.claim, self.log.parts
        spender = Spender(claim.agent_id, claim.session_key, payer_of(claim))
        self._purses = purses(parts.runtime.budgets, spender, parts.clock())

    def hold(self, index: int, candidates: Sequence[Candidate], request: RequestFactory, keeper: ContextKeeper) -> None:
        """Hold what the call of this step may use; ``keeper`` weighs its request, which only budgets need.

        Raises BudgetSpent, or BudgetBusy when others hold what is left.
        """
        if not self._purses or not candidates:
            return
        parts, claim = self.log.parts, self.log.claim
        weight = keeper.weigh(request, keeper.window(candidates[0]))
        most, least = _estimates(candidates, request, weight)
        expires = parts.clock() + int(parts.limits.total_seconds * 1000) + GRACE_MS
        self._hold_id = f"{claim.run_id}:{index}"
        verdict, purse = parts.budgets.hold(Hold(self._hold_id, most, least, expires), self._purses, parts.clock())
        if purse is None:
            return
        self._hold_id = ""
        log.info("run %s: %s is %s", claim.run_id, purse.budget.name, verdict.value)
        if verdict is Verdict.WAIT:
            raise BudgetBusy(f"{purse.budget.name}: other calls hold what is left of it")
        raise BudgetSpent(used_up(purse))

    def charge(self) -> Charge | None:
        """Where what was used is charged; for the commit that records it."""
        if not self._purses:
            return None
        held, self._hold_id = self._hold_id, ""
        return Charge(held, tuple(purse.place for purse in self._purses))

    def give_up(self) -> None:
        """The call failed, and nobody knows what it used."""
        self._end(made=True)

    def let_go(self) -> None:
        """The call was not made."""
        self._end(made=False)

    def _end(self, *, made: bool) -> None:
        if not self._hold_id:
            return
        try:
            self.log.parts.budgets.let_go(self._hold_id, made=made)
        except StoreUnavailable as error:
            log.warning("what run %s held of its budgets expires: %s", self.log.claim.run_id, error)
        self._hold_id = ""


def payer_of(claim: Claim) -> str:
    """Which sender pays for a turn."""
    own = "owner" if claim.is_owner else f"{claim.route.channel}:{claim.sender}"
    return str(claim.options.get(PAYER) or own)


def _estimates(candidates: Sequence[Candidate], request: RequestFactory, weight: int) -> tuple[Amount, Amount]:
    """The most that a call may use, and the least that it has used once it was made: its request."""
    longest = max(each.info.max_output_tokens for each in candidates)
    most = Usage(input_tokens=weight, output_tokens=min(request.max_output_tokens or longest, longest))
    least = Usage(input_tokens=weight)
    prices = [each.info.price for each in candidates if each.info.price is not None]
    return (
        Amount(max((price.cost(most) for price in prices), default=0), most.total),
        Amount(min((price.cost(least) for price in prices), default=0), least.total),
    )
