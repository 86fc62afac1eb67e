"""Where the fenced code blocks of a markdown text are, and how one is closed and opened again.

Knows fences at any indentation and behind a list marker, as models write them. What no sane model writes (an info
string or a marker of unreasonable length) counts as plain text, so that reopening a fence always costs little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENING = re.compile(
    r"(?P<lead>[ \t]{0,40}(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?)(?P<marker>`{3,12}|~{3,12})(?P<info>[^`\n]{0,80})"
)
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,24}")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block by offsets into its text: ``[start:body]`` opens it, ``[body:close]`` is the code.

    The closing line ends at ``stop``, the next line begins at ``end``.
    """

    start: int
    body: int
    close: int
    stop: int
    end: int
    closed: bool
    marker: str
    language: str
    #: Columns before the marker; a list marker counts.
    indent: int
    in_list: bool

    @property
    def closing(self) -> str:
        """What ends a piece of the block."""
        return f"\n{self.marker}"

    @property
    def reopening(self) -> str:
        """What begins the next piece of the block."""
        return f"{self.marker}{self.language}\n"

    def dedent(self, code: str) -> str:
        """Take the block's own indentation from every line, as a markdown reader does inside the block."""
        if not self.indent:
            return code
        return re.sub(rf"(?m)^[ \t]{{1,{self.indent}}}", "", code)


def find_fences(text: str) -> tuple[Fence, ...]:
    """All fenced blocks, in order; an unclosed one runs to the end of the text."""
    found: list[Fence] = []
    offset = 0
    opening: re.Match[str] | None = None
    body = 0
    for line in text.split("\n"):
        following = min(offset + len(line) + 1, len(text))
        if opening is None:
            opening = _OPENING.fullmatch(text, offset, offset + len(line))
            body = following
        elif _closes(line, opening["marker"]):
            found.append(_fence(opening, body, offset, offset + len(line), closed=True))
            opening = None
        offset = following
    if opening is not None:
        found.append(_fence(opening, body, len(text), len(text), closed=False))
    return tuple(found)


def _closes(line: str, marker: str) -> bool:
    run = line.strip(" \t")
    return len(run) >= len(marker) and not run.strip(marker[0])


def _fence(opening: re.Match[str], body: int, close: int, stop: int, *, closed: bool) -> Fence:
    words = opening["info"].split()
    language = words[0] if words and _LANGUAGE.fullmatch(words[0]) else ""
    lead = opening["lead"]
    return Fence(
        start=opening.start(),
        body=min(body, close),
        close=close,
        stop=stop,
        end=min(stop + 1, len(opening.string)),
        closed=closed,
        marker=opening["marker"],
        language=language,
        indent=len(lead),
        in_list=bool(lead.strip()),
    )
