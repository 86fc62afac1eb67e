"""Markdown as Slack's mrkdwn.

After https://docs.slack.dev/messaging/formatting-message-text: ``*bold*``, ``_italic_``, ``~strike~``, no headings, no
lists, no language of a code block; ``&``, ``<`` and ``>`` are escaped. What a model writes can mention people and
channels by their ids, and never everybody: ``<!channel>`` stays the text it is.
"""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import urlsplit

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, quote_lines, render

_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
#: A person or a channel, as Slack writes them and as inbound messages show them.
_MENTION = re.compile(r"<([@#])([A-Z][A-Z0-9]{5,})>|(?<![\w@])@([UW][A-Z0-9]{8,})\b")
#: Words that call everybody, in the markdown of a stream, which Slack itself reads.
_EVERYBODY = re.compile(r"<!(?=channel|here|everyone|subteam\^)")
_NO_WIDTH = "\u200b"
#: Stands outside of every mark until the whole text is known. No text has it: Unicode keeps it for such use.
_EDGE = "\ufdd0"
#: Slack takes a mark for one only beside a space or a sign of ASCII: not in a word, nor in scripts without spaces.
_EDGE_IN_TEXT = re.compile(rf"(?<=[^\W_]){_EDGE}|(?<=[^\x00-\x7f\s]){_EDGE}|{_EDGE}(?=[^\W_]|[^\x00-\x7f\s])")


def render_mrkdwn(markdown: str) -> str:
    """Render a chunk; as plain text where its markup would leave nothing."""
    marked = render(parse_markdown(markdown.replace(_EDGE, "")), _MRKDWN)
    rendered = _EDGE_IN_TEXT.sub(_NO_WIDTH, marked).replace(_EDGE, "")
    return rendered if rendered.strip() else escape(markdown)


def escape(text: str) -> str:
    """Text that means nothing but itself."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def without_calls_to_everybody(markdown: str) -> str:
    """Markdown that Slack renders itself, and that wakes nobody who was not named."""
    return _EVERYBODY.sub(f"<{_NO_WIDTH}!", markdown)


def _text(text: str) -> str:
    pieces, place = [], 0
    for found in _MENTION.finditer(text):
        sign, by_sign, bare = found.groups()
        pieces += [escape(text[place : found.start()]), f"<{sign or '@'}{by_sign or bare}>"]
        place = found.end()
    return "".join([*pieces, escape(text[place:])])


def _link(label: str, href: str) -> str:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    if scheme not in _LINK_SCHEMES:
        return f"{label} ({escape(href)})"
    address = href.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    # A label is one line, and ends at the first bracket.
    words = " ".join(re.sub(r"<[@#]([A-Z0-9]+)>", r"\1", label).split())
    return f"<{address}|{words}>" if words else f"<{address}>"


_MRKDWN = Marks(
    around={
        "bold": (f"{_EDGE}*", f"*{_EDGE}"),
        "italic": (f"{_EDGE}_", f"_{_EDGE}"),
        "strike": (f"{_EDGE}~", f"~{_EDGE}"),
        "code": (f"{_EDGE}`", f"`{_EDGE}"),
    },
    escape=_text,
    escape_code=escape,
    link=_link,
    code_block=lambda code, _language: f"```\n{code}\n```",
    # At the start of a line it is the mark, as it is in what people write; elsewhere it is a sign like any other.
    quote=partial(quote_lines, mark="&gt;"),
)
