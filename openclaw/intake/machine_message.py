"""Messages that no person writes: a hook's, a wake's, a call of one tool, a compaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.compaction import COMPACT
from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute, Sender
from openclaw.domain.queue_mode import QueueMode
from openclaw.ports.store import FreshStart


@dataclass(frozen=True, slots=True)
class MachineMessage:
    """What shall be run, and where. It is never gathered with a person's messages: its sender is another."""

    session_key: str
    text: str
    #: Unique over the cluster: the same one is accepted once.
    source_key: str
    sender: Sender
    agent_id: str | None = None
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    mode: QueueMode = QueueMode.QUEUE
    #: Where the answer goes.
    route: ReplyRoute = CLIENT_ROUTE
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Gives way to people where slots are few.
    background: bool = True
    #: Whether lists leave out the session, if it is made for this.
    archived: bool = False
    #: The session begins a new conversation with it.
    fresh: FreshStart | None = None


#: The same wish is the same run.
_COMPACTIONS = uuid.UUID("5a3f7c58-4f0c-4b7e-9a39-0d4d1c1f6f1e")


def compaction_of(
    session_key: str, hint: str, source_key: str, *, run_id: str = "", route: ReplyRoute = CLIENT_ROUTE
) -> MachineMessage:
    """The wish to have a conversation compacted, in its order among the session's messages."""
    return MachineMessage(
        session_key=session_key,
        text="",
        source_key=f"compact:{source_key}",
        sender=Sender("compaction"),
        run_id=run_id or str(uuid.uuid5(_COMPACTIONS, source_key)),
        route=route,
        options={COMPACT: {"hint": hint}},
        background=False,
    )
