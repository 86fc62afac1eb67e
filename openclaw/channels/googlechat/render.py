"""Markdown as the markup of Google Chat.

After https://developers.google.com/workspace/chat/format-messages. Chat has no way to escape a mark: what would be read
as one is parted by a character that is not seen. Addresses in angle brackets, which would ring somebody's bell
(``<users/all>``), become plain text.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, quote_lines, render

_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
#: Not seen, and no letter: marks beside it mean nothing.
_NOTHING = "\u200b"
_FENCE = "```"
#: A mark at the edge of a word, where it could open or close something.
_OPENING = re.compile(r"(?<!\w)([*_~`])(?=\S)")
_BRACKET = re.compile(r"<(?=[a-zA-Z/])")


def render_chat(markdown: str) -> str:
    """Render a chunk of markdown. The result may be empty, e.g. for a lone link definition."""
    return render(parse_markdown(markdown), _CHAT)


def plain_chat(text: str) -> str:
    """A text that means nothing but itself."""
    return _OPENING.sub(rf"{_NOTHING}\1{_NOTHING}", _BRACKET.sub(f"<{_NOTHING}", text))


def _code(text: str) -> str:
    return text.replace("`", "\u02cb")


def _link(label: str, href: str) -> str:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    if scheme not in _LINK_SCHEMES or re.search(r"[\s<>|]", href):
        return f"{label} ({plain_chat(href)})"
    if not label or label == href:
        return href
    return f"<{href}|{re.sub(r'[<>|]', ' ', label)}>"


_CHAT = Marks(
    around={"bold": ("*", "*"), "italic": ("_", "_"), "strike": ("~", "~"), "code": ("`", "`")},
    escape=plain_chat,
    escape_code=_code,
    link=_link,
    code_block=lambda code, _: f"{_FENCE}\n{code}\n{_FENCE}",
    quote=quote_lines,
)
