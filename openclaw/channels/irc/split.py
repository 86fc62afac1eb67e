"""A text as lines that fit, counted in bytes; no character and no cluster of them is broken. Pure.

A style that is on where a line ends is turned on again in the next one, as the end of a line turns everything off.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from openclaw.channels.irc.render import TOGGLES

_JOINER = "\u200d"
_MODIFIERS = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAGS = range(0x1F1E6, 0x1F200)
_WORDS = re.compile(r" +|[^ ]+")


def wire_lines(text: str, budget: int) -> list[str]:
    """The lines of a text, each of at most ``budget`` bytes; empty ones cannot be sent and are left out.

    A line is broken at a space where it has one. A cluster alone that is longer than the budget is cut into
    characters.
    """
    state: dict[str, None] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _Packer(budget, state).pack(line)
    return lines


def clusters(text: str) -> Iterator[str]:
    """Characters with what belongs to them: accents, the parts of an emoji, the two halves of a flag."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _belongs(text, start, place):
            yield text[start:place]
            start = place


def _belongs(text: str, start: int, place: int) -> bool:
    char, before = text[place], text[place - 1]
    if unicodedata.category(char) in ("Mn", "Me", "Mc") or _JOINER in {char, before}:
        return True
    code = ord(char)
    if code in _MODIFIERS or code in _TAGS:
        return True
    return code in _FLAGS and ord(before) in _FLAGS and place - start == 1


class _Packer:
    """Fills lines with the words of one; ``state`` are the styles that are on, kept from line to line."""

    def __init__(self, budget: int, state: dict[str, None]) -> None:
        self._budget = budget
        self._state = state
        self._lines: list[str] = []
        self._current: list[str] = []
        self._used = 0
        self._visible = False
        self._begin()

    def pack(self, line: str) -> list[str]:
        for word in _WORDS.findall(line):
            if self._used + _size(word) <= self._budget:
                self._put(word)
                continue
            if self._visible:
                self._flush()
            if word.isspace():
                continue
            for cluster in clusters(word):
                self._put_cluster(cluster)
        self._flush()
        return self._lines

    def _put_cluster(self, cluster: str) -> None:
        if self._used + _size(cluster) > self._budget and self._visible:
            self._flush()
        if self._used + _size(cluster) <= self._budget:
            self._put(cluster)
            return
        for char in cluster:
            if self._used + _size(char) > self._budget:
                self._flush()
            self._put(char)

    def _put(self, text: str) -> None:
        self._current.append(text)
        self._used += _size(text)
        for char in text:
            if char not in TOGGLES:
                self._visible = self._visible or not char.isspace()
            elif char in self._state:
                del self._state[char]
            else:
                self._state[char] = None

    def _flush(self) -> None:
        if self._visible:
            self._lines.append("".join(self._current).rstrip(" "))
        self._begin()

    def _begin(self) -> None:
        self._current = ["".join(self._state)]
        self._used = len(self._state)
        self._visible = False


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
