"""Cut a markdown text into messages of a platform's size.

A cut falls on the last blank line that leaves a decent piece, else on a line break, a sentence's end, white space,
and only then anywhere. A code fence is cut only when it does not fit into a message of its own: it is closed and
opened again with the same language. A table is cut only between rows, when it does not fit, and its head stands above
every piece. What is bold, italic, struck out, code or a link is cut only where there is no other place, and then closed
and opened again as well. Only white space around a cut is dropped; everything else is kept, in order.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from openclaw.domain.reply_rules import ChunkMode
from openclaw.reply.fences import Fence, find_fences
from openclaw.reply.inline_marks import InlineMarks
from openclaw.reply.tables import Table, find_tables
from openclaw.reply.text_measure import Measure

#: Below this, closing and reopening a fence would leave no room for code.
MIN_LIMIT = 64

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_SENTENCE = re.compile("[.!?…][\"'\u201d\u2019)\\]*_]*(?=\\s)|[\u3002\uff01\uff1f]")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)*")
_SPACES = re.compile(r"[^\S\n]*")
_BARE = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)[ \t]*")
_ZERO_WIDTH_JOINER = "\u200d"
#: How far a hard cut moves back to keep a combined character whole.
_CLUSTER_CHARS = 16


def chunk_markdown(
    text: str, limit: int, *, max_lines: int = 0, measure: Measure = len, mode: ChunkMode = "length"
) -> tuple[str, ...]:
    """Cut ``text`` into chunks of at most ``limit`` units and ``max_lines`` lines (0 for any number).

    A text that fits is returned as it is; one of white space alone gives nothing. Raises ValueError for a limit
    below 64 or fewer than four lines.
    """
    if limit < MIN_LIMIT or 0 < max_lines < 4:  # noqa: PLR2004  (a fence of two lines needs four)
        raise ValueError(f"chunks need at least {MIN_LIMIT} characters and 4 lines")
    text = text.replace("\r\n", "\n").strip("\n")
    pieces = paragraphs(text) if mode == "newline" else (text,)
    return tuple(chunk for piece in pieces for chunk in _Cutter(piece, limit, max_lines, measure).chunks())


def paragraphs(text: str) -> tuple[str, ...]:
    """The text between blank lines; code keeps its own."""
    fences = find_fences(text)
    pieces: list[str] = []
    at = 0
    for match in _PARAGRAPH.finditer(text):
        if match.start() >= at and not any(fence.start <= match.start() < fence.stop for fence in fences):
            pieces.append(text[at : match.start()])
            at = match.end()
    return tuple(piece.strip("\n") for piece in (*pieces, text[at:]) if piece.strip())


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a chunk's text ends and where the next one begins."""

    end: int
    next: int


class _Cutter:
    """One text being cut; every method works on offsets into it."""

    def __init__(self, text: str, limit: int, max_lines: int, measure: Measure) -> None:
        self._text = text
        self._limit = limit
        self._max_lines = max_lines
        self._measure = measure
        self._fences = find_fences(text)
        self._tables = [table for table in find_tables(text) if self._is_prose(table.start)]
        fences = [(fence.start, fence.end) for fence in self._fences]
        self._blocks = sorted([*fences, *((table.start, table.end) for table in self._tables)])
        self._marks = InlineMarks(text, self._blocks)

    def chunks(self) -> list[str]:
        chunks: list[str] = []
        position = 0
        if self._reach(0, "", "") == len(self._text):
            return [self._text] if self._text.strip() else []
        while position < len(self._text):
            cut = self._cut(position)
            chunk = self._compose(position, cut.end)
            if chunk.strip():
                chunks.append(chunk)
            position = max(cut.next, position + 1)
        return chunks

    def _cut(self, position: int) -> _Cut:
        inside = self._fence_around(position)
        prefix = inside.reopening if inside else self._reopening(position)
        reach = self._reach(position, prefix, "")
        split = self._fence_cut_at(reach)
        if split is not None:
            reach = self._reach(position, prefix, split.closing)
            split = self._fence_cut_at(reach)
        if split is not None and reach < len(self._text):
            return self._cut_fence(position, reach, split)
        if reach >= len(self._text):
            return _Cut(len(self._text), len(self._text))
        table = self._table_around(reach)
        if table is not None:
            return self._cut_table(position, reach, table)
        # Only a cut through a span needs room to close it.
        closing = "*" * self._marks.longest_closing(position, reach)
        return self._cut_prose(position, reach, self._reach(position, prefix, closing) if closing else reach)

    def _cut_fence(self, position: int, reach: int, fence: Fence) -> _Cut:
        """Cut before the fence if it then stays whole or enough stands before it, else between two of its lines."""
        if position < fence.start:
            whole = self._reach(fence.start, "", "" if fence.closed else fence.closing) >= fence.stop
            if whole or fence.start - position >= self._limit // 3 or reach <= fence.body:
                return _Cut(fence.start, fence.start)
        first = max(position, fence.body)
        newline = self._text.rfind("\n", first, reach + 1)
        if newline > first or (newline == first and newline > position):
            after = newline + 1
            # The rest would be the closing line alone, and this piece gets one of its own.
            return _Cut(newline, fence.end if fence.closed and after == fence.close else after)
        return self._hard(position, reach)

    def _cut_table(self, position: int, reach: int, table: Table) -> _Cut:
        """Cut before the table if it then stays whole or enough stands before it, else between two of its rows."""
        if position < table.start:
            whole = self._reach(table.start, "", "") >= table.end
            if whole or table.start - position >= self._limit // 3 or reach <= table.body:
                end = len(self._text[: table.start].rstrip())
                return _Cut(max(end, position + 1), table.start)
        newline = self._text.rfind("\n", max(position, table.body) + 1, reach + 1)
        return _Cut(newline, newline + 1) if newline > 0 else self._hard(position, reach)

    def _cut_prose(self, position: int, reach: int, tight: int) -> _Cut:
        """Cut outside of blocks, looking for the best place from the end backwards; through a span only up to
        ``tight``.
        """
        for reduced in (False, True):
            for whole, until in ((True, reach), (False, tight)):
                region = max([position, *(end for _, end in self._blocks if position < end <= until)])
                lowest = region if reduced else max(region, position + (until - position) // 3)
                end = self._best_place(lowest, until, line_start=lowest == region > position, whole=whole)
                if end is not None:
                    return self._skip_marks(self._skip_space(end), position)
        return self._skip_marks(self._hard(position, tight), position)

    def _best_place(self, lowest: int, reach: int, *, line_start: bool, whole: bool) -> int | None:
        """The best cut after ``lowest``, or at it when it is the first place behind a block; where ``whole`` is wanted,
        none that goes through a span.
        """
        text = self._text

        def last(places: list[int]) -> int | None:
            for place in reversed(places):
                if place > lowest and not (whole and self._marks.around(place)) and not self._is_bare(place):
                    return place
            return None

        # One character beyond the reach may be the white space that a cut drops.
        until = min(len(text), reach + 1)
        blank = last([match.start() for match in _PARAGRAPH.finditer(text, lowest, min(len(text), reach + 2))])
        newline = last([index for index in range(lowest, until) if text[index] == "\n"]) if blank is None else None
        if blank is not None or newline is not None:
            return blank if blank is not None else newline
        if line_start:
            return lowest
        sentences = [match.end() for match in _SENTENCE.finditer(text, lowest, until) if match.end() <= reach]
        found = last(sentences)
        return found if found is not None else last([i for i in range(lowest, until) if text[i].isspace()])

    def _skip_marks(self, cut: _Cut, position: int) -> _Cut:
        """No piece ends with marks that open, nor begins with such that close."""
        end = self._marks.outside(cut.end)
        if self._is_bare(end):
            end = self._text.rfind("\n", 0, end)
        if position < end < cut.end:
            cut = self._skip_space(end)
        return _Cut(cut.end, self._marks.behind_marks(cut.next))

    def _is_bare(self, place: int) -> bool:
        """Whether nothing but the mark of an item, a heading or a quotation stands in the line before the place."""
        line = self._text.rfind("\n", 0, place) + 1
        return bool(_BARE.fullmatch(self._text, line, place))

    def _hard(self, position: int, reach: int) -> _Cut:
        end = reach
        for _ in range(_CLUSTER_CHARS):
            if end - 1 <= position or not self._joins(end):
                break
            end -= 1
        else:
            end = reach
        end = max(end, position + 1)
        return _Cut(end, end)

    def _joins(self, index: int) -> bool:
        """Whether the character at ``index`` belongs to the one before it."""
        if index >= len(self._text):
            return False
        char = self._text[index]
        return (
            unicodedata.category(char).startswith("M")
            or char == _ZERO_WIDTH_JOINER
            or self._text[index - 1] == _ZERO_WIDTH_JOINER
            or "\U0001f3fb" <= char <= "\U0001f3ff"
        )

    def _skip_space(self, end: int) -> _Cut:
        """Drop the white space of a cut; the next line keeps its indentation."""
        lines = _BLANK_LINES.match(self._text, end)
        after = lines.end() if lines else end
        if after == end and self._text[end - 1] != "\n":
            spaces = _SPACES.match(self._text, end)
            after = spaces.end() if spaces else end
        return _Cut(end, after)

    def _compose(self, position: int, end: int) -> str:
        """The chunk's text, with its first fence reopened and its last one closed where a cut goes through them."""
        body = self._text[position:end]
        inside = self._fence_around(position)
        reopening = "" if inside else self._reopening(position)
        leading = inside or next((f for f in self._fences if f.start == position and not f.in_list), None)
        if leading is not None:
            code = self._text[position : min(end, leading.end)]
            body = leading.dedent(code) + self._text[min(end, leading.end) : end]
        elif reopening:
            body = body.lstrip(" \t")
        elif position:
            body = _unindent(body)
        prefix = inside.reopening if inside else reopening
        split = self._fence_cut_at(end)
        if split is not None and end >= split.body:
            return prefix + body + split.closing
        return prefix + body.rstrip() + self._marks.closing(end)

    def _reopening(self, position: int) -> str:
        """What a piece begins with that goes on with a table or a span."""
        table = self._table_around(position)
        if table is not None and position >= table.body:
            head = self._text[table.start : table.body]
            return head if self._measure(head) <= self._limit // 3 else ""
        return self._marks.opening(position)

    def _is_prose(self, position: int) -> bool:
        fence = self._fence_before(position)
        return fence is None or position >= fence.stop

    def _table_around(self, position: int) -> Table | None:
        """The table that a cut at this place would go through."""
        return next((table for table in self._tables if table.start < position < table.end), None)

    def _fence_around(self, position: int) -> Fence | None:
        """The fence whose code goes on at ``position``."""
        fence = self._fence_before(position)
        return fence if fence and fence.body <= position < fence.end else None

    def _fence_cut_at(self, end: int) -> Fence | None:
        """The fence that is open where a chunk ends."""
        fence = self._fence_before(end)
        if fence is None or fence.start >= end:
            return None
        return fence if end < fence.stop or not fence.closed else None

    def _fence_before(self, position: int) -> Fence | None:
        index = bisect_right(self._fences, position, key=lambda fence: fence.start) - 1
        return self._fences[index] if index >= 0 else None

    def _reach(self, position: int, prefix: str, suffix: str) -> int:
        """The furthest end at which the text from ``position`` fits, together with what is put around it."""
        room = max(1, self._limit - self._measure(prefix) - self._measure(suffix))
        low, high = position, min(len(self._text), position + room)
        while low < high:
            middle = (low + high + 1) // 2
            if self._measure(self._text[position:middle]) <= room:
                low = middle
            else:
                high = middle - 1
        return self._within_lines(position, low, prefix.count("\n") + suffix.count("\n"))

    def _within_lines(self, position: int, end: int, taken: int) -> int:
        if not self._max_lines:
            return end
        at = position - 1
        for _ in range(max(1, self._max_lines - taken)):
            at = self._text.find("\n", at + 1, end)
            if at < 0:
                return end
        return at


def _unindent(body: str) -> str:
    """Move a nested list that lost its head to the margin, where it is no indented code."""
    width = len(body) - len(body.lstrip(" \t"))
    if not width:
        return body
    lines = body.split("\n")
    for index, line in enumerate(lines):
        if line.strip() and not line[:width].isspace():
            break
        lines[index] = line[width:]
    return "\n".join(lines)
