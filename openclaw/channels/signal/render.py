"""Markdown as a text with Signal's styles beside it.

A style is ``START:LENGTH:NAME``, counted in UTF-16 units (``textStyle`` of signal-cli's ``send``). Signal has no links,
headings, lists or tables: a link is its label with the address, a heading a bold line, a table's rows are bullets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, quote_lines, render
from openclaw.channels.signal.limits import MAX_TEXT_BYTES

_STYLES = ("BOLD", "ITALIC", "STRIKETHROUGH", "MONOSPACE")
#: What stands before and after a style until the places are counted. No text has them: Unicode keeps them for such use.
_BEGIN, _END = "\ufdd0\ufdd1\ufdd2\ufdd3", "\ufdd4\ufdd5\ufdd6\ufdd7"
_EDGE = re.compile(f"[{_BEGIN}{_END}]")
_MONOSPACE = 3
#: Where a reply has more of them, the rest is plain.
_MAX_STYLES = 250


@dataclass(frozen=True, slots=True)
class StyledText:
    """What people read, and ``START:LENGTH:NAME`` for each of its styles."""

    text: str
    styles: tuple[str, ...] = ()


def render_styled(markdown: str) -> StyledText:
    """Render a chunk; as plain text where its markup would leave nothing, or too much."""
    marked = render(parse_markdown(_EDGE.sub("", markdown), "bullets"), _SIGNAL)
    styled = _counted(marked)
    fits = styled.text.strip() and len(styled.text.encode()) <= MAX_TEXT_BYTES
    return styled if fits else StyledText(markdown)


def _counted(marked: str) -> StyledText:
    """Take the marks out, and note where they were."""
    pieces: list[str] = []
    styles: list[str] = []
    begun: dict[int, list[int]] = {}
    units = place = 0
    for found in _EDGE.finditer(marked):
        piece = marked[place : found.start()]
        pieces.append(piece)
        units += len(piece.encode("utf-16-le", "surrogatepass")) // 2
        place = found.end()
        if found[0] in _BEGIN:
            begun.setdefault(_BEGIN.index(found[0]), []).append(units)
            continue
        style = _END.index(found[0])
        start = begun[style].pop()
        if units > start:
            styles.append(f"{start}:{units - start}:{_STYLES[style]}")
    return StyledText("".join([*pieces, marked[place:]]), tuple(styles[:_MAX_STYLES]))


def _around(style: int) -> tuple[str, str]:
    return _BEGIN[style], _END[style]


def _code_block(code: str, _language: str) -> str:
    begin, end = _around(_MONOSPACE)
    return f"{begin}{code}{end}"


_SIGNAL = Marks(
    around={"bold": _around(0), "italic": _around(1), "strike": _around(2), "code": _around(_MONOSPACE)},
    code_block=_code_block,
    quote=quote_lines,
)
