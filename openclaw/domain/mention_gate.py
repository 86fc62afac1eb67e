"""Which messages of a group speak to the assistant. Pure.

What speaks to somebody else is not answered, but kept: the next turn of its session reads it as what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from openclaw.domain.dials import ACTIVATION
from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block

MENTION, ALWAYS = ACTIVATION.levels
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


def overheard_block(messages: Sequence[Overheard], boundary: str) -> str:
    """What stands before a turn's message: what others said since the last turn, oldest first."""
    said = "\n".join(
        f"{one_line(each.name, _NAME_CHARS) or 'somebody'}: {each.text[:_TEXT_CHARS]}" for each in messages
    )
    lines = ["[Said in the group since your last turn, and not to you.]", NOTE, untrusted_block(said, boundary)]
    return "\n".join([*lines, "[End of what was said before]"])
