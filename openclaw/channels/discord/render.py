"""Markdown as the dialect that Discord shows.

Discord knows bold, italic, strike, code, quotations and masked links. The rest of its syntax (underlines, spoilers,
headings, lists, mentions) is escaped, so that a text means nothing but itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, fenced, render

#: Addresses are shown as links as they are: an escape inside would break them.
_ADDRESS = re.compile(r"https?://[^\s<>]+")
_MARKUP = re.compile(r"[\\*_~`|\[\]]|<(?=[@#:/]|a:|t:|id:)")
#: What begins a heading, a small text, a list or a quotation at the start of a line.
_LINE_START = re.compile(r"(?m)^([ \t]*)(?=#{1,3} |-# |[-+] |>)")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_FENCE = "```"
#: Ends a run of backticks without being seen: the word joiner.
_JOINER = "\u2060"


def render_discord(markdown: str) -> str:
    """Render a chunk of markdown. The result may be empty, e.g. for a lone link definition."""
    rich = parse_markdown(markdown)
    # Inline code with a backtick in it has no form that Discord's clients agree on: it is shown as text.
    spans = tuple(span for span in rich.spans if span.style != "code" or "`" not in rich.text[span.start : span.end])
    return render(replace(rich, spans=spans), _DISCORD)


def escaped(text: str) -> str:
    """A text so that Discord shows it as it is."""
    pieces: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        pieces += [_escape(text[end : found.start()]), found[0]]
        end = found.end()
    return _LINE_START.sub(r"\1\\", "".join([*pieces, _escape(text[end:])]))


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _code_block(code: str, language: str) -> str:
    return fenced(code.replace(_FENCE, f"``{_JOINER}`"), language if _LANGUAGE.fullmatch(language) else "")


def _link(label: str, href: str) -> str:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    target = re.sub(r"[()<>\s\\]", lambda found: f"%{ord(found[0]):02X}", href)
    if scheme not in ("http", "https"):
        bare = href.removeprefix("mailto:").removeprefix("tel:")
        return label if label in (escaped(bare), escaped(href)) else f"{label} ({escaped(href)})"
    return target if label in ("", href, escaped(href)) else f"[{label}]({target})"


def _quote(inner: str) -> str:
    """A mark without the space behind it quotes nothing, so empty lines keep theirs."""
    return "\n".join(f"> {line}" for line in inner.split("\n"))


_DISCORD = Marks(
    around={"bold": ("**", "**"), "italic": ("*", "*"), "strike": ("~~", "~~"), "code": ("`", "`")},
    escape=escaped,
    link=_link,
    code_block=_code_block,
    quote=_quote,
)
