"""Messages that agents send to other sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from openclaw.ports.store.control import RunView


@dataclass(frozen=True, slots=True)
class SessionMessage:
    """What one session says to another."""

    from_key: str
    to_key: str
    text: str
    #: Names the call that sends it: the same call sends it once. The wait that is answered when the other has answered.
    wait_id: str
    #: Through how many sessions it has come, this one included.
    hops: int
    #: Whether the sender waits for the answer.
    awaited: bool
    #: Who pays for the answer.
    payer: str = ""


class SessionPost(Protocol):
    def send(self, message: SessionMessage) -> str:
        """Give it to the other session; the run that answers. Raises UnknownAgent, Busy or StoreUnavailable."""
        ...

    def answer(self, run_id: str) -> RunView | None:
        """How that run stands."""
        ...
