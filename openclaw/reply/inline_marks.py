"""Which parts of a markdown text are bold, italic, struck out, code or links, and what closes and opens them again.

Reads what models write: marks that are matched within one paragraph, list item or line of a quotation. Marks that are
not matched are text. Code blocks and tables are the caller's.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: A longer address would leave no room if it stood in every piece of its link.
LONGEST_ADDRESS = 200

#: Where a block of inline text ends although no blank line follows: before an item, a heading, a quotation.
_BLOCK_START = re.compile(r"(?m)^[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|>)")
_BLANK = re.compile(r"\n[^\S\n]*\n")
_TOKEN = re.compile(r"\\.|(?P<code>`+)|(?P<link>!?\[)|(?P<run>\*+|_+|~~)", re.DOTALL)
_LINK = re.compile(
    r"!?\[(?P<label>(?:\\.|[^\[\]\\])+)\]\((?P<address>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:[ \t]+\"[^\"\n]*\")?)\)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class InlineSpan:
    """One styled part, by offsets: ``[start:inner]`` opens it, ``[close:end]`` closes it."""

    start: int
    inner: int
    close: int
    end: int
    opening: str
    closing: str


@dataclass(slots=True)
class _Run:
    """A run of emphasis marks of which ``left`` are not matched yet; they are those next to the text inside."""

    mark: str
    start: int
    left: int


class InlineMarks:
    """The spans of one text, in order, outer ones first."""

    def __init__(self, text: str, others: Sequence[tuple[int, int]]) -> None:
        """``others`` are the blocks that hold no inline text, by start and end, in order."""
        found = [span for start, end in _blocks(text, others) for span in _spans(text, start, end)]
        self._spans = sorted(found, key=lambda span: (span.start, -span.end))
        self._starts = [span.start for span in self._spans]
        self._longest = max((span.end - span.start for span in self._spans), default=0)

    def around(self, position: int) -> list[InlineSpan]:
        """The spans that a cut at this place would go through, outer ones first."""
        first = bisect_left(self._starts, position - self._longest)
        last = bisect_left(self._starts, position)
        return [span for span in self._spans[first:last] if span.start < position < span.end]

    def opening(self, position: int) -> str:
        """What has to stand before a text that begins here."""
        return "".join(span.opening for span in self.around(position))

    def closing(self, position: int) -> str:
        """What has to stand behind a text that ends here."""
        return "".join(span.closing for span in reversed(self.around(position)))

    def longest_closing(self, start: int, end: int) -> int:
        """The most characters that closing takes anywhere between two places."""
        first = bisect_left(self._starts, start - self._longest)
        last = bisect_left(self._starts, end)
        places = [start, *(span.inner for span in self._spans[first:last] if span.inner >= start)]
        return max((len(self.closing(place)) for place in places), default=0)

    def outside(self, position: int) -> int:
        """The same place, or the next one before it that goes through no marks and leaves none alone."""
        for span in reversed(self.around(position)):
            if position <= span.inner:
                position = span.start
            elif position > span.close:
                position = span.close
        return position

    def behind_marks(self, position: int) -> int:
        """The same place, or that behind the marks which close what ends right here."""
        for span in reversed(self.around(position)):
            if position >= span.close:
                position = span.end
        return position


def _blocks(text: str, others: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in [*others, (len(text), len(text))]:
        bounds = {at, start}
        bounds.update(match.start() for match in _BLANK.finditer(text, at, start))
        bounds.update(match.start() for match in _BLOCK_START.finditer(text, at, start))
        places = sorted(bounds)
        yield from pairwise(places)
        at = end


def _spans(text: str, start: int, end: int) -> Iterator[InlineSpan]:
    marker = _BLOCK_START.match(text, start, end)
    at = marker.end() if marker else start
    open_runs: list[_Run] = []
    while token := _TOKEN.search(text, at, end):
        at = token.end()
        if token["code"]:
            close = _code_end(text, token["code"], at, end)
            if close is not None:
                yield InlineSpan(token.start(), at, close, close + len(token["code"]), token["code"], token["code"])
                at = close + len(token["code"])
        elif token["link"]:
            link = _LINK.match(text, token.start(), end)
            if link is not None:
                if len(link["address"]) <= LONGEST_ADDRESS:
                    closing = text[link.end("label") : link.end()]
                    yield InlineSpan(
                        link.start(), link.start("label"), link.end("label"), link.end(), token["link"], closing
                    )
                yield from _spans(text, link.start("label"), link.end("label"))
                at = link.end()
        elif token["run"]:
            yield from _match(text, token.start(), token["run"], open_runs)


def _code_end(text: str, marks: str, start: int, end: int) -> int | None:
    for found in re.compile(r"`+").finditer(text, start, end):
        if found[0] == marks:
            return found.start()
    return None


def _match(text: str, start: int, run: str, open_runs: list[_Run]) -> Iterator[InlineSpan]:
    """Close what this run closes; what is left of it may open something."""
    mark, left, at = run[0], len(run), start
    opens, closes = _flanks(text, start, run)
    while closes and left:
        index = next((i for i in range(len(open_runs) - 1, -1, -1) if open_runs[i].mark == mark), None)
        if index is None:
            break
        opener = open_runs[index]
        del open_runs[index + 1 :]
        used = 2 if mark == "~" or (opener.left > 1 and left > 1) else 1
        inner = opener.start + opener.left
        marks = mark * used
        yield InlineSpan(inner - used, inner, at, at + used, marks, marks)
        opener.left -= used
        left, at = left - used, at + used
        if not opener.left:
            open_runs.pop()
    if opens and left:
        open_runs.append(_Run(mark, at, left))


def _flanks(text: str, start: int, run: str) -> tuple[bool, bool]:
    """Whether a run can open and close, as CommonMark has it."""
    before = text[start - 1] if start else " "
    after = text[start + len(run)] if start + len(run) < len(text) else " "
    opens = not after.isspace() and (not _is_punctuation(after) or before.isspace() or _is_punctuation(before))
    closes = not before.isspace() and (not _is_punctuation(before) or after.isspace() or _is_punctuation(after))
    if run[0] != "_":
        return opens, closes
    return opens and (not closes or _is_punctuation(before)), closes and (not opens or _is_punctuation(after))


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
