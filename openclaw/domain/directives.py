"""Directives and shortcuts in the middle of a message: found, read, and taken out of its text. Pure.

A directive counts where it stands alone between white space and what follows can be read; anything else stays as it
was written. Code, quoted lines, addresses and paths are never touched. Reading a text that was read before finds
nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from openclaw.domain.chat_commands import ChatCommand, How, Words, command_named

_CANDIDATE = re.compile(r"(?<!\S)/[A-Za-z]+(?:@\w+)?(?::\S*)?(?!\S)")
_WORD = re.compile(r"\s*(\S+)")
#: Fenced code (up to its closing fence or the end), and lines that quote somebody else.
_BLOCKS = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?)??(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)|^ {0,3}>[^\n]*$",
    re.MULTILINE,
)
_TICKS = re.compile(r"`+")

#: A text with more of them than this is material, and none of it is taken out.
MOST_CANDIDATES = 32
#: How many words of those behind it a directive takes: the most, of which as many as can be read are its own.
MOST_WORDS = 4
#: Whether a directive can be read with these words.
Readable = Callable[[ChatCommand, str], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """One directive or shortcut, by its command's name."""

    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A message without its directives and shortcuts."""

    text: str
    directives: tuple[Found, ...] = ()
    shortcuts: tuple[Found, ...] = ()


def read_directives(text: str, readable: Readable, refused: Collection[str] = ()) -> Read:
    """Take directives and shortcuts out of a text; those named in ``refused`` are text.

    A text without any comes back as it was, white space and all.
    """
    found: list[Found] = []
    shortcuts: list[Found] = []
    if "/" not in text or _candidates(text) > MOST_CANDIDATES:
        return Read(text)
    while (hit := _next(text, readable, refused)) is not None:
        spec, words, start, end = hit
        (shortcuts if spec.inline else found).append(Found(spec.name, words))
        text = _without(text, start, end)
    return Read(text, tuple(found), tuple(shortcuts))


def _candidates(text: str) -> int:
    return sum(command_named(match[0])[0] is not None for match in _CANDIDATE.finditer(text))


def _next(text: str, readable: Readable, refused: Collection[str]) -> tuple[ChatCommand, str, int, int] | None:
    guarded = _guarded(text)
    for match in _CANDIDATE.finditer(text):
        spec, attached = command_named(match[0])
        if spec is None or spec.name in refused:
            continue
        if any(start <= match.start() < end for start, end in guarded):
            continue
        if spec.inline and not attached:
            return spec, "", match.start(), match.end()
        if spec.how is not How.DIRECTIVE:
            continue
        own = _words(text, match.end(), attached, spec, readable)
        if own is not None:
            return spec, own[0], match.start(), own[1]
    return None


def _guarded(text: str) -> list[tuple[int, int]]:
    """Where nothing is read: blocks of code, quoted lines, and code in a line. Takes time in proportion to the text."""
    blocks = [match.span() for match in _BLOCKS.finditer(text)]
    runs = [match.span() for match in _TICKS.finditer(text)]
    # From each run of backticks to the next one that is as long.
    closing: list[int] = [0] * len(runs)
    following: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        closing[number] = following.get(end - start, 0)
        following[end - start] = number
    spans: list[tuple[int, int]] = []
    number = 0
    while number < len(runs):
        closed_by = closing[number]
        if closed_by:
            spans.append((runs[number][0], runs[closed_by][1]))
        number = closed_by + 1 if closed_by else number + 1
    return blocks + spans


def _words(text: str, end: int, attached: str, spec: ChatCommand, readable: Readable) -> tuple[str, int] | None:
    """The longest run of words that can be read as the directive's, and where it ends."""
    best: tuple[str, int] | None = None
    words = [attached] if attached else []
    if attached and readable(spec, attached):
        best = (attached, end)
    while len(words) < MOST_WORDS and (match := _WORD.match(text, end)) is not None:
        words.append(match[1])
        end = match.end()
        if readable(spec, " ".join(words)):
            best = (" ".join(words), end)
        elif len(words) > 1 or spec.words is not Words.FEW:
            break
    return best


def _without(text: str, start: int, end: int) -> str:
    before, after = text[:start], text[end:]
    left, right = before.rstrip(), after.lstrip()
    if not left or not right:
        return left + right
    gap = before[len(left) :] + after[: len(after) - len(right)]
    return left + ("\n" * min(gap.count("\n"), 2) or " ") + right
