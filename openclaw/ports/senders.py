"""Senders on channels who wait for a decision, and those over whom one was made: the database's contract.

Every method raises StoreUnavailable when the database is away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from openclaw.domain.access import Standing
from openclaw.domain.sender_pairing import KnownSender, SenderRequest


class Asking(StrEnum):
    """What became of a sender's asking."""

    #: His request is new, and so is the notice with his code.
    NEW = "new"
    #: He had asked before.
    WAITING = "waiting"
    #: Others wait at every place of the account.
    FULL = "full"
    #: It was decided over him meanwhile.
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sender's request as it is now; ``None`` when he has none."""

    asking: Asking
    request: SenderRequest | None = None


class SenderStore(Protocol):
    def standing(self, channel: str, account: str, sender_id: str) -> Standing | None:
        """What was decided over a sender: one read by its key."""
        ...

    def refuses_anybody(self, channel: str, account: str) -> bool:
        """Whether anybody at all was refused at an account."""
        ...

    def ask(self, request: SenderRequest, notice: Callable[[SenderRequest], str], notice_key: str) -> Asked:
        """File a request with a code of its own, and the notice of it in the outbox, in one transaction.

        ``request.code`` is not looked at. However many gateways ask at once, an account never has more requests than
        places, and a sender never more than one.
        """
        ...

    def request(self, name: str, now_ms: int, channel: str = "", account: str = "") -> SenderRequest | None:
        """The request of this id or code; of one account when it is named."""
        ...

    def requests(self, now_ms: int, channel: str = "", account: str = "") -> list[SenderRequest]:
        """Those that wait, the oldest first."""
        ...

    def decide(self, request_id: str, standing: Standing, by: str, now_ms: int) -> KnownSender | None:
        """Decide over a sender who waits; ``None`` when somebody else has, or it is too late."""
        ...

    def drop(self, request_id: str) -> bool:
        """Take a request off the list without a decision; false when it is not there."""
        ...

    def senders(self, channel: str = "", account: str = "", limit: int = 500) -> list[KnownSender]:
        """Those over whom was decided, the newest decision first."""
        ...

    def forget(self, channel: str, account: str, sender_id: str) -> KnownSender | None:
        """Take back what was decided over a sender; what it was."""
        ...
