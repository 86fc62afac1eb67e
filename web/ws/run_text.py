"""The text of one run as clients have been shown it: whole texts, deltas, and when a delta must replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.domain.speech import as_shown

#: The first delta of a text goes out at once, the next ones at this distance.
CHAT_DELTA_MS = 50
#: What separates the texts around a tool call when they are shown as one.
ITEM_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Delta:
    """What is new in a text. With ``replace`` the delta is all of it and what was shown before is void."""

    text: str
    delta: str
    replace: bool = False


@dataclass(slots=True)
class RunText:
    """``agent`` events speak of the current item, ``chat`` events of all items joined. Trailing space is not shown."""

    item: str = ""
    _before: str = ""
    _current: str = ""
    _agent_shown: str = ""
    _chat_shown: str = ""
    _chat_at_ms: int = -CHAT_DELTA_MS
    _void_agent: bool = False
    _void_chat: bool = False

    def take(self, data: Mapping[str, Any]) -> None:
        """Take in one ``text`` event. A piece that comes twice overlaps by its offset and is not added again."""
        item, offset = str(data.get("item", "")), int(data.get("offset", 0))
        if item != self.item:
            if self._current.strip():
                self._before += self._current.rstrip() + ITEM_SEPARATOR
            self.item, self._current, self._agent_shown = item, "", ""
        if data.get("replace"):
            self._current = ""
            self._void_agent = self._void_chat = True
        self._current = self._current[:offset] + str(data.get("delta", ""))

    def complete(self, text: str) -> None:
        """The whole reply is known: it stands for what has not been seen of it."""
        if text.startswith(self.whole):
            self._before, self._current = "", text

    @property
    def whole(self) -> str:
        return as_shown(self._before + self._current).rstrip()

    @property
    def current(self) -> str:
        return as_shown(self._current).rstrip()

    @property
    def held(self) -> bool:
        """Whether there is text that ``chat`` has not shown."""
        return self.whole != self._chat_shown

    def due(self, now_ms: int) -> bool:
        return self.held and now_ms - self._chat_at_ms >= CHAT_DELTA_MS

    def agent_delta(self) -> Delta | None:
        """What to show next of the current item; ``None`` when nothing is new."""
        shown = self.current
        if shown == self._agent_shown and not self._void_agent:
            return None
        delta = _delta(self._agent_shown, shown, void=self._void_agent)
        self._agent_shown, self._void_agent = shown, False
        return delta

    def chat_delta(self, now_ms: int) -> Delta:
        """What to show next of the whole text."""
        shown = self.whole
        delta = _delta(self._chat_shown, shown, void=self._void_chat)
        self._chat_shown, self._void_chat, self._chat_at_ms = shown, False, now_ms
        return delta


def _delta(before: str, after: str, *, void: bool) -> Delta:
    if void or not after.startswith(before):
        return Delta(after, after, replace=True)
    return Delta(after, after[len(before) :])
