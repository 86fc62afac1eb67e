"""Markdown with the control codes that IRC clients show as bold, italic, struck and monospaced text.

After https://modern.ircdocs.horse/formatting: each code turns its style on and off again. Control characters of the
text itself go: none may start a CTCP request or a line of its own.
"""

from __future__ import annotations

import re

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, quote_lines, render

BOLD, ITALIC, STRIKE, MONOSPACE = "\x02", "\x1d", "\x1e", "\x11"
#: The codes that toggle; a line's end turns all of them off.
TOGGLES = frozenset({BOLD, ITALIC, STRIKE, MONOSPACE, "\x1f", "\x16"})
_RESET = "\x0f"
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
#: Colours with their numbers, and every other code.
_CODES = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x00-\x08\x0b-\x1f\x7f]"
)


def render_codes(markdown: str) -> str:
    """Render a chunk of markdown. The result may be empty, e.g. for a lone link definition."""
    return render(parse_markdown(markdown), _CODES_OF_IRC)


def plain(text: str) -> str:
    """A text that means nothing but itself: tabs are spaces, other control characters go."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))


def without_codes(text: str) -> str:
    """What people read of a line with codes."""
    return _CODES.sub("", text)


def _lines(before_and_after: str, text: str) -> str:
    return "\n".join(f"{before_and_after}{line}{before_and_after}" if line else "" for line in text.split("\n"))


_CODES_OF_IRC = Marks(
    around={
        "bold": (BOLD, BOLD),
        "italic": (ITALIC, ITALIC),
        "strike": (STRIKE, STRIKE),
        "code": (MONOSPACE, MONOSPACE),
    },
    escape=plain,
    escape_code=plain,
    code_block=lambda code, _: _lines(MONOSPACE, code),
    quote=quote_lines,
)
