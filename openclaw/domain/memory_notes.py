"""The note that is kept of a conversation when a new one is begun: its last words, without a model's help."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openclaw.domain.silence import is_silent

#: Messages of persons and assistants that a note shows, the last ones.
MAX_MESSAGES = 15
#: Characters of one of them.
MESSAGE_CHARS = 1_500

_SLUG_WORDS = 5
_SLUG_CHARS = 40
_ROLES = {"user": "User", "assistant": "Assistant"}
_HEADING = re.compile(r"^(\s*)(#{1,6}\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person (``user``) or the assistant said."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class EndedConversation:
    """A conversation that gave way to a new one."""

    session_key: str
    session_uuid: str
    ended_at_ms: int


def worth_noting(said: Iterable[Said]) -> list[Said]:
    """What of a conversation goes into its note, oldest first; nothing where nobody but the assistant spoke."""
    kept = [one for one in said if one.role in _ROLES and one.text.strip() and not is_silent(one.text)]
    return kept[-MAX_MESSAGES:] if any(one.role == "user" for one in kept) else []


def note_name(conversation: EndedConversation, said: Sequence[Said]) -> str:
    """The note's file name, always the same for the same conversation."""
    day = datetime.fromtimestamp(conversation.ended_at_ms / 1000, UTC).strftime("%Y-%m-%d")
    first = next((one.text for one in said if one.role == "user"), "")
    return f"{day}-{_slug(first)}-{conversation.session_uuid.replace('-', '')[:8]}.md"


def note_text(conversation: EndedConversation, said: Sequence[Said]) -> str:
    """The note, as Markdown. What was said cannot make headings of its own."""
    ended = datetime.fromtimestamp(conversation.ended_at_ms / 1000, UTC)
    head = [
        f"# Conversation of {ended:%Y-%m-%d %H:%M} UTC",
        f"- session: {conversation.session_key}\n- id: {conversation.session_uuid}",
        "## Last words",
    ]
    return "\n\n".join([*head, *(f"**{_ROLES[one.role]}:** {_quoted(one.text)}" for one in said)]) + "\n"


def _quoted(text: str) -> str:
    plain = text.strip()
    if len(plain) > MESSAGE_CHARS:
        plain = f"{plain[: MESSAGE_CHARS - 1]}…"
    return _HEADING.sub(r"\1\\\2", plain)


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", bare)[:_SLUG_WORDS]
    return "-".join(words)[:_SLUG_CHARS].strip("-") or "conversation"
