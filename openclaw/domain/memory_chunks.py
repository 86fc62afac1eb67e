"""A memory file in pieces that can be searched: cut at headings and paragraphs, each a little longer than an answer.

Pure and stable: the same text gives the same chunks, and what is added to a file changes its last chunk and none
before, so that their vectors are still good.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Sizes of OpenClaw's memory, in tokens.
CHUNK_TOKENS = 400
OVERLAP_TOKENS = 80
#: The estimate that these sizes are meant with.
CHARS_PER_TOKEN = 4
CHUNK_CHARS = CHUNK_TOKENS * CHARS_PER_TOKEN
OVERLAP_CHARS = OVERLAP_TOKENS * CHARS_PER_TOKEN
#: A heading begins a new chunk once the one before has this many characters: short sections stay together.
SECTION_CHARS = CHUNK_CHARS // 4
#: Changes when the same file would give other chunks: what was indexed by another is indexed anew.
CHUNKING = f"{CHUNK_TOKENS}/{OVERLAP_TOKENS}/2"

#: What fits into a chunk beside an overlap.
_PIECE_CHARS = CHUNK_CHARS - OVERLAP_CHARS - 1
_HEADING = re.compile(r" {0,3}#{1,6}(\s|$)")
_FENCE = re.compile(r" {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a file; the first line of a file is 1, and ``last_line`` belongs to it."""

    first_line: int
    last_line: int
    text: str

    @property
    def hash(self) -> str:
        """What the same text has in every file."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line, or a part of a very long one."""

    line: int
    text: str
    is_heading: bool = False


def chunk_markdown(text: str) -> tuple[Chunk, ...]:
    """Cut a file. Every line with words is in a chunk; none has more than ``CHUNK_CHARS`` characters."""
    chunks: list[Chunk] = []
    held: list[_Piece] = []
    # How many of them the chunk before ends with.
    shared = size = 0
    for piece in _pieces(text):
        fits = size + len(piece.text) < CHUNK_CHARS
        if not fits and not piece.text.strip():
            continue
        if piece.is_heading and size >= SECTION_CHARS:
            chunks += _chunk(held)
            held, shared = [], 0
        elif not fits:
            held, rest = _at_paragraph(held, shared)
            chunks += _chunk(held)
            overlap = _overlap(held)
            if rest and _size([*overlap, *rest]) + len(piece.text) >= CHUNK_CHARS:
                chunks += _chunk(rest)
                overlap, rest = _overlap(rest), []
            held, shared = [*overlap, *rest], len(overlap)
        held.append(piece)
        size = _size(held)
    chunks += _chunk(held)
    return tuple(chunks)


def _pieces(text: str) -> Iterator[_Piece]:
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        is_heading = not fence and _HEADING.match(line) is not None
        for index, part in enumerate(_parts(line.rstrip())):
            yield _Piece(number, part, is_heading and not index)


def _parts(line: str) -> Iterator[str]:
    """A line in parts that fit into a chunk, cut between words where there are any."""
    while len(line) > _PIECE_CHARS:
        space = line.rfind(" ", _PIECE_CHARS // 2, _PIECE_CHARS)
        cut = space + 1 if space > 0 else _PIECE_CHARS
        yield line[:cut].rstrip()
        line = line[cut:]
    yield line


def _at_paragraph(held: list[_Piece], shared: int) -> tuple[list[_Piece], list[_Piece]]:
    """Cut a full chunk behind the last empty line of its second half, if there is one behind what only it has."""
    size = 0
    for index in range(len(held) - 1, shared, -1):
        size += len(held[index].text) + 1
        if size > CHUNK_CHARS // 2:
            break
        if not held[index].text.strip() and any(piece.text.strip() for piece in held[shared:index]):
            return held[:index], held[index + 1 :]
    return held, []


def _overlap(held: list[_Piece]) -> list[_Piece]:
    """The last lines of a chunk, which the next one begins with too."""
    size, start = 0, len(held)
    while start > 1 and (size := size + len(held[start - 1].text) + 1) <= OVERLAP_CHARS:
        start -= 1
    return held[start:]


def _size(pieces: list[_Piece]) -> int:
    return sum(len(piece.text) + 1 for piece in pieces)


def _chunk(pieces: list[_Piece]) -> tuple[Chunk, ...]:
    """One chunk without the empty lines at its ends; none of nothing."""
    full = [index for index, piece in enumerate(pieces) if piece.text.strip()]
    if not full:
        return ()
    kept = pieces[full[0] : full[-1] + 1]
    return (Chunk(kept[0].line, kept[-1].line, "\n".join(piece.text for piece in kept)),)
