"""Which part of an answer that is still being written may leave already, and what of it has left. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"\n[^\S\n]*\n")
_FENCE = re.compile(r"(?m)^[ \t]*(?P<marker>`{3,}|~{3,})[^\n]*(?:\n|\Z)")
_SENTENCE = re.compile(r"[.!?…][\"')\]*_]*(?=\s)|[\u3002\uff01\uff1f]")


@dataclass(frozen=True, slots=True)
class BlockLimits:
    """Characters. OpenClaw's."""

    smallest: int = 800
    largest: int = 1_200
    #: A writer that pauses for so long lets smaller blocks go: half of ``smallest``. Milliseconds.
    idle_ms: int = 1_000


def block_end(text: str, limits: BlockLimits, *, idle: bool = False) -> int:
    """Where the first block ends that may leave, in what has not left yet; 0 while there is none.

    A block ends at a blank line or behind code; one without such a place ends with a line or a sentence, once the
    largest size is reached. Code is never cut: it is waited for.
    """
    smallest = limits.smallest // 2 if idle else limits.smallest
    if len(text) < smallest:
        return 0
    fences, open_at = _fences(text)
    places = [match.end() for match in _BLANK.finditer(text) if not _inside(match.start(), fences, open_at)]
    places += [end for _, end in fences]
    good = sorted(place for place in places if place >= smallest)
    if good and (good[0] <= limits.largest or _inside(limits.largest, fences, open_at)):
        return good[0]
    if len(text) <= limits.largest or _inside(limits.largest, fences, open_at):
        return 0
    early = [place for place in places if limits.smallest // 2 <= place <= limits.largest]
    if early:
        return max(early)
    newline = text.rfind("\n", smallest, limits.largest)
    if newline > 0:
        return newline + 1
    sentences = [match.end() for match in _SENTENCE.finditer(text, smallest, limits.largest)]
    return sentences[-1] if sentences else good[0] if good else 0


def behind(text: str, blocks: Sequence[str], *, complete: bool) -> int | None:
    """Where a text goes on behind what has left of it, white space aside.

    Blocks that the text does not have are taken as another answer's. ``None`` while that cannot be told yet.
    """
    at = 0
    for block in blocks:
        end = _match(text, at, block)
        if end is None:
            return None if not complete and _is_begun(text, at, block) else at
        at = end
    return at


def _match(text: str, at: int, block: str) -> int | None:
    for char in block:
        if char.isspace():
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text) or text[at] != char:
            return None
        at += 1
    return at


def _is_begun(text: str, at: int, block: str) -> bool:
    """Whether the rest of the text is how the block begins."""
    return "".join(block.split()).startswith("".join(text[at:].split()))


def _fences(text: str) -> tuple[list[tuple[int, int]], int]:
    """Blocks of code by start and end, and where one begins that has not ended; else the text's length."""
    found: list[tuple[int, int]] = []
    start, marker = -1, ""
    for match in _FENCE.finditer(text):
        if start < 0:
            start, marker = match.start(), match["marker"]
        elif match["marker"].startswith(marker) and match[0].strip() == match["marker"] and match[0].endswith("\n"):
            found.append((start, match.end()))
            start = -1
    return found, len(text) if start < 0 else start


def _inside(place: int, fences: Sequence[tuple[int, int]], open_at: int) -> bool:
    return place > open_at or any(start < place < end for start, end in fences)
