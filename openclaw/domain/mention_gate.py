"""Which messages of a group speak to the assistant. Pure.

What speaks to somebody else is not answered, but kept: the next turn of its session reads it as what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from openclaw.domain.dials import ACTIVATION
from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.session_key import is_thread_session
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block

MENTION, ALWAYS = ACTIVATION.levels
#: Whether the messages of a thread are answered once the assistant has had a turn in it, or as the group's.
FOLLOW = "follow"
THREAD_RULES = (FOLLOW, MENTION)
#: Characters of one message that a turn reads of what was said before it, and of a name.
_TEXT_CHARS, _NAME_CHARS = 2000, 60


@dataclass(frozen=True, slots=True)
class GroupRules:
    """``[messages.groups]``: when a group is answered."""

    activation: str = MENTION
    #: Words that speak to the assistant, beside the platform's own mentions.
    patterns: tuple[re.Pattern[str], ...] = ()
    #: Messages that a turn reads of what was said before it.
    history: int = 50
    #: One of ``THREAD_RULES``.
    threads: str = FOLLOW


@dataclass(frozen=True, slots=True)
class Overheard:
    """One message that spoke to somebody else."""

    name: str
    text: str


def gate_of(envelope: InboundEnvelope, rules: GroupRules) -> str:
    """What the session may say against answering: the configured level for what speaks to nobody here, else nothing.

    A platform that cannot tell a mention is believed to speak to the assistant, unless the patterns could tell.
    """
    if envelope.peer.kind == "direct" or envelope.mentioned:
        return ""
    if envelope.mentioned is None and not rules.patterns:
        return ""
    return "" if any(pattern.search(envelope.text) for pattern in rules.patterns) else rules.activation


def is_followed(envelope: InboundEnvelope, session_key: str, rules: GroupRules) -> bool:
    """Whether a thread in which the assistant has had a turn is answered without its being spoken to again.

    Only a thread that is a session of its own, as no other session says who spoke in it; and not a forum's general
    topic, where everybody writes who has opened none.
    """
    is_own = is_thread_session(session_key) and bool(envelope.thread_id)
    return rules.threads == FOLLOW and is_own and not envelope.extra.get("is_general_topic")


def overheard_block(messages: Sequence[Overheard], boundary: str) -> str:
    """What stands before a turn's message: what others said since the last turn, oldest first."""
    said = "\n".join(
        f"{one_line(each.name, _NAME_CHARS) or 'somebody'}: {each.text[:_TEXT_CHARS]}" for each in messages
    )
    lines = ["[Said in the group since your last turn, and not to you.]", NOTE, untrusted_block(said, boundary)]
    return "\n".join([*lines, "[End of what was said before]"])
