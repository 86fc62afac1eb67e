"""What a demo model says by a script, as it is written in a configuration. Pure.

The script keeps nothing between calls: which reply is due follows from the conversation alone, so that any worker says
the same and a call that is made again is answered alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from openclaw.domain.transcript import Message

#: The reasons a reply can fail for: those of the classes of ``ProviderError``.
FAILURES = ("rate_limit", "auth", "billing", "overloaded", "timeout", "context_overflow", "bad_request")


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A tool that the model calls."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: Sent in place of the arguments, as a model may that writes no JSON.
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ScriptedUsage:
    """What the vendor says that a call used. Tokens."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """What the model says to one call: thoughts, then words, then tool calls, then a failure."""

    #: Words of the person's message that this is the reply to; empty for any message that no other reply names.
    when: str = ""
    thinking: str = ""
    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    #: Before every word, in milliseconds.
    delay_ms: int = 0
    #: ``None`` for an estimate.
    usage: ScriptedUsage | None = None
    #: One of ``FAILURES``.
    error: str | None = None
    error_text: str = ""
    retry_after_seconds: float | None = None

    @property
    def says_nothing(self) -> bool:
        return not (self.thinking or self.text or self.calls or self.error)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScriptedReply:
        """Raises TypeError for what ``to_json`` did not make."""
        usage = data.get("usage")
        calls = tuple(ScriptedCall(**call) for call in data.get("calls", ()))
        return cls(**{**data, "calls": calls, "usage": None if usage is None else ScriptedUsage(**usage)})


def due_reply(script: Sequence[ScriptedReply], messages: Sequence[Message]) -> ScriptedReply | None:
    """The reply to this conversation; ``None`` where the script has none.

    Replies to a person's words follow each other from that message on, and the last one stays. The others follow each
    other through the conversation, and begin again after the last.
    """
    last_asked = max((index for index, message in enumerate(messages) if message.role == "user"), default=0)
    asked = messages[last_asked].text.lower() if messages else ""
    called = [reply for reply in script if reply.when and reply.when.lower() in asked]
    if called:
        return called[min(_answers(messages[last_asked:]), len(called) - 1)]
    others = [reply for reply in script if not reply.when]
    return others[_answers(messages) % len(others)] if others else None


def _answers(messages: Sequence[Message]) -> int:
    return sum(message.role == "assistant" for message in messages)
