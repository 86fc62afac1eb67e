"""What a person wants of the queue, for a session or a single message: mode, debounce, cap, drop policy. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from openclaw.domain.queue_mode import ALIASES, DropPolicy, QueueMode, QueueSettings

#: Milliseconds per unit; a bare number is milliseconds.
_UNITS = {"": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d|)")
#: A message that waits for its neighbours longer than a day is lost to whoever wrote it.
MAX_DEBOUNCE_MS = _UNITS["d"]
MAX_CAP = 1000
_PREFIX = "queue_"


@dataclass(frozen=True, slots=True)
class QueueWish:
    """What is asked for; ``None`` leaves a thing as it is."""

    mode: QueueMode | None = None
    debounce_ms: int | None = None
    cap: int | None = None
    drop: DropPolicy | None = None

    def over(self, settings: QueueSettings) -> QueueSettings:
        """The policy with what is asked for put over it."""
        named = {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}
        if "debounce_ms" in named:
            # Who asks for a longer silence means to wait for it.
            named["max_wait_ms"] = max(settings.max_wait_ms, named["debounce_ms"])
        return replace(settings, **named)

    def to_settings(self) -> dict[str, Any]:
        """As entries of a session's settings; what is not asked for takes its entry back."""
        return {f"{_PREFIX}{each.name}": getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> QueueWish:
        """A session's own wish."""
        mode, drop = settings.get("queue_mode"), settings.get("queue_drop")
        return cls(
            mode=QueueMode(mode) if mode else None,
            debounce_ms=settings.get("queue_debounce_ms"),
            cap=settings.get("queue_cap"),
            drop=DropPolicy(drop) if drop else None,
        )


NO_WISH = QueueWish()


def read_wish(words: Sequence[str]) -> QueueWish | None:
    """``steer``, ``collect debounce:2s cap:25 drop:old``; ``None`` when a word cannot be read."""
    wish = NO_WISH
    for position, word in enumerate(words):
        found = _read(word.lower(), position == 0)
        if found is None:
            return None
        wish = replace(wish, **found)
    return wish if words else None


def describe_queue(settings: QueueSettings) -> str:
    """A policy in words, as they could be written."""
    return f"{settings.mode} debounce:{settings.debounce_ms}ms cap:{settings.cap} drop:{settings.drop}"


def _read(word: str, first: bool) -> dict[str, Any] | None:
    name, colon, value = word.partition(":")
    if not colon:
        return {"mode": ALIASES[word]} if first and word in ALIASES else None
    match name:
        case "debounce":
            milliseconds = _milliseconds(value)
            return None if milliseconds is None else {"debounce_ms": milliseconds}
        case "cap":
            return {"cap": int(value)} if value.isdecimal() and 1 <= int(value[:9]) <= MAX_CAP else None
        case "drop":
            return {"drop": DropPolicy(value)} if value in tuple(DropPolicy) else None
    return None


def _milliseconds(text: str) -> int | None:
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    found = round(float(match[1]) * _UNITS[match[2]])
    return found if found <= MAX_DEBOUNCE_MS else None
