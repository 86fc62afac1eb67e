"""Markdown in WhatsApp's own markup, after https://faq.whatsapp.com/539178204879377 (how to format your messages).

It has bold, italic, strikethrough, code and quotations, and no links, headings or tables: a link is its label with the
address, a heading a bold line, a table's rows are bullets. Nor has it a way to write its marks as mere text, so what a
model wrote as such may be shown as markup. A style ends with its line.
"""

from __future__ import annotations

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, quote_lines, render
from openclaw.channels.whatsapp.limits import utf16_units

_FENCE = "```"
#: A fence in code would end it: a space without width takes it apart.
_NO_FENCE = "``\u200b`"


def render_text(markdown: str, max_units: int) -> str:
    """A chunk in WhatsApp's markup; as it is where that would be empty or longer than ``max_units`` UTF-16 units."""
    marked = render(parse_markdown(markdown, "bullets"), _WHATSAPP)
    return marked if marked.strip() and utf16_units(marked) <= max_units else markdown


def _code_block(code: str, _language: str) -> str:
    return f"{_FENCE}\n{code}\n{_FENCE}"


_WHATSAPP = Marks(
    around={
        "bold": ("*", "*"),
        "italic": ("_", "_"),
        "strike": ("~", "~"),
        "code": ("`", "`"),
    },
    escape_code=lambda code: code.replace(_FENCE, _NO_FENCE),
    code_block=_code_block,
    quote=quote_lines,
    marks_each_line=True,
)
