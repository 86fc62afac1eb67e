"""Which message of a chat a turn answers: an option of its run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from openclaw.domain.envelope import InboundEnvelope, PeerKind

#: The option of a run that answers a message of a chat.
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Answered:
    """The newest message of the turn, as the platform knows it."""

    message_id: str = ""
    kind: PeerKind = "direct"
    #: Whether it speaks to the assistant by the platform's own means.
    mentioned: bool = False
    #: The emoji that it was acknowledged by; empty for none.
    ack: str = ""

    @property
    def is_addressed(self) -> bool:
        """Whether whoever wrote it surely waits for an answer."""
        return self.kind == "direct" or self.mentioned

    @classmethod
    def of(cls, envelope: InboundEnvelope, ack: str = "") -> Answered:
        return cls(envelope.message_id or "", envelope.peer.kind, bool(envelope.mentioned), ack)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Answered:
        """What the run answers; a direct message for one that was started otherwise."""
        return cls(**options.get(ANSWERED, {}))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
