"""Heartbeats: turns by the clock in which an agent looks whether anything needs it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openclaw.domain.session_key import parse_session_key
from openclaw.domain.time_zones import zone_of

HEARTBEAT_FILE = "HEARTBEAT.md"
#: What an agent answers when nothing needs anybody. OpenClaw's word.
OK = "HEARTBEAT_OK"
#: The option of a run that is a heartbeat: what becomes of its answer.
HEARTBEAT = "heartbeat"
#: Whoever heartbeats come from, as intake knows senders.
SENDER_ID = "heartbeat"
#: The same words are not sent again within this. Milliseconds; OpenClaw's day.
REPEAT_MS = 24 * 3_600_000
#: A heartbeat that met a busy session comes again after this. Milliseconds.
RETRY_MS = 60_000
#: OpenClaw's.
ACK_CHARS = 300

PROMPT = (
    f"[Heartbeat] Look at {HEARTBEAT_FILE} and at the system events, if there are any, and do what they call for. Tell "
    "the person only what needs them; do not repeat what was told before, and do not go back to old tasks. If nothing "
    f"needs anybody, answer with exactly {OK}."
)
#: Lines that ask for nothing: headings, comments, rules, empty list items and check boxes.
_NOTHING = re.compile(r"\s*(#.*|<!--.*?-->|[-*_=]{3,}|[-*+]\s*(\[[ xX]?\])?|\d+[.)])?\s*")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARK = r"[*_`~>\s]*"
_AT_START = re.compile(rf"^{_MARK}{OK}{_MARK}[.!]*\s*")
_AT_END = re.compile(rf"\s*{_MARK}{OK}{_MARK}[.!]*\s*$")


@dataclass(frozen=True, slots=True)
class HeartbeatRules:
    """``[agents.<id>.heartbeat]``"""

    #: Minutes from one to the next; 0 for none.
    every_minutes: int = 30
    #: Where what it has to say goes: ``last`` for the chat that was used last, ``none``, or a channel.
    target: str = "last"
    account: str = "default"
    to: str = ""
    model: str = ""
    prompt: str = ""
    #: The session it runs in; empty for one of its own, anew each time.
    session: str = ""
    #: Hours of the day, ``08:00``; empty for all of it. An end before the start is of the next day.
    active_from: str = ""
    active_to: str = ""
    time_zone: str = "UTC"
    #: Beside the word that nothing needs anybody, an answer of so many characters is not sent either.
    ack_max_chars: int = ACK_CHARS
    #: Of the workspace's files, the prompt shows the one alone that is about heartbeats.
    light_context: bool = True

    @property
    def every_ms(self) -> int:
        return self.every_minutes * 60_000


def asks_for_nothing(text: str) -> bool:
    """Whether the file says nothing that could be done."""
    return all(_NOTHING.fullmatch(line) for line in _COMMENT.sub("", text).splitlines())


def told(text: str, ack_max_chars: int) -> str:
    """What of an answer is for the person; empty for one that says that nothing needs anybody."""
    said = text.strip()
    without = _AT_END.sub("", _AT_START.sub("", said)).strip()
    if without == said:
        return said
    return "" if len(without) <= ack_max_chars else without


def digest(text: str) -> str:
    """By which it is known that the same was told before."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]


def to_send(text: str, options: Mapping[str, Any]) -> str:
    """What of a heartbeat's answer leaves, by the run's option: nothing twice."""
    said = told(text, int(options.get("ack_max_chars", ACK_CHARS)))
    return "" if said and digest(said) == options.get("told_before") else said


def is_active(rules: HeartbeatRules, now_ms: int) -> bool:
    """Whether it is an hour at which heartbeats may come."""
    if not (rules.active_from or rules.active_to):
        return True
    now = datetime.fromtimestamp(now_ms / 1000, zone_of(rules.time_zone))
    minute = now.hour * 60 + now.minute
    first, last = minutes_of(rules.active_from or "00:00"), minutes_of(rules.active_to or "24:00")
    return first <= minute < last if first < last else minute >= first or minute < last


def minutes_of(hour: str) -> int:
    """Minutes since midnight of ``HH:MM``, up to 24:00. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", hour)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= 24 * 60:
        raise ValueError(f"{hour!r} is no time of the day such as 08:30")
    return minutes


def session_of(agent_id: str, rules: HeartbeatRules) -> str:
    """The full key of the session that an agent's heartbeats run in."""
    if not rules.session:
        return f"agent:{agent_id}:{SENDER_ID}"
    return rules.session if rules.session.startswith("agent:") else f"agent:{agent_id}:{rules.session}"


def is_heartbeat(session_key: str) -> bool:
    """Whether it is a session that heartbeats have of their own."""
    return parse_session_key(session_key).rest == SENDER_ID
