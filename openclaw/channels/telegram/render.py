"""Markdown as the HTML subset that Telegram understands.

Telegram has no lists, headings, rules or tables: lists become bullets and numbers, headings bold lines, tables
aligned code. The result is always well-formed and uses b, i, s, code, pre, a and blockquote only.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urlsplit

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, render

_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_TAG = re.compile(r"<[^>]*>")
_LINK_SCHEMES = frozenset({"http", "https", "tg", "mailto", "tel"})


def render_html(markdown: str) -> str:
    """Render a chunk of markdown. The result may be empty, e.g. for a lone link definition."""
    return render(parse_markdown(markdown), _HTML)


def visible_text(html: str) -> str:
    """The text that is left when Telegram has parsed the markup."""
    return unescape(_TAG.sub("", html))


def _text(text: str) -> str:
    return escape(text, quote=False)


def _code_block(code: str, language: str) -> str:
    if _LANGUAGE.fullmatch(language):
        return f'<pre><code class="language-{language}">{code}</code></pre>'
    return f"<pre>{code}</pre>"


def _link(label: str, href: str) -> str:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    if scheme in _LINK_SCHEMES:
        return f'<a href="{escape(href)}">{label or _text(href)}</a>'
    # Telegram drops other addresses; shown as text they stay readable.
    return f"{label} ({_text(href)})"


_HTML = Marks(
    around={
        "bold": ("<b>", "</b>"),
        "italic": ("<i>", "</i>"),
        "strike": ("<s>", "</s>"),
        "code": ("<code>", "</code>"),
    },
    escape=_text,
    escape_code=_text,
    link=_link,
    code_block=_code_block,
    quote=lambda inner: f"<blockquote>{inner}</blockquote>",
)
