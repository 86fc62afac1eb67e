"""Markdown as the HTML subset that Telegram understands.

The parse is CommonMark with strikethrough and tables; HTML in the source is text like any other. Telegram has no
lists, headings, rules or tables: lists become bullets and numbers, headings bold lines, tables aligned code.
The result is always well-formed and uses b, i, s, code, pre, a and blockquote only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_TAG = re.compile(r"<[^>]*>")
_LINK_SCHEMES = frozenset({"http", "https", "tg", "mailto", "tel"})
_LISTS = frozenset({"bullet_list", "ordered_list"})
_MARKS = {"strong": "b", "em": "i", "s": "s"}


def render_html(markdown: str) -> str:
    """Render a chunk of markdown. The result may be empty, e.g. for a lone link definition."""
    from markdown_it.tree import SyntaxTreeNode

    return _blocks(SyntaxTreeNode(_parser().parse(markdown)), "", quoted=False)


def visible_text(html: str) -> str:
    """The text that is left when Telegram has parsed the markup."""
    return unescape(_TAG.sub("", html))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


def _blocks(parent: SyntaxTreeNode, indent: str, *, quoted: bool, gap: str = "\n\n") -> str:
    parts = (_block(child, indent, quoted=quoted) for child in parent.children)
    return gap.join(part for part in parts if part)


def _block(node: SyntaxTreeNode, indent: str, *, quoted: bool) -> str:
    match node.type:
        case "paragraph":
            return _inline(node, indent)
        case "heading":
            text = _inline(node, indent)
            return f"<b>{text}</b>" if text else ""
        case "fence":
            return _code(node.content, node.info)
        case "code_block":
            return _code(node.content, "")
        case "blockquote":
            text = _blocks(node, "" if not quoted else indent, quoted=True)
            # Telegram refuses a quotation inside a quotation.
            return text if quoted or not text else f"<blockquote>{text}</blockquote>"
        case _ if node.type in _LISTS:
            return _list(node, indent, quoted=quoted)
        case "table":
            return _table(node)
        case "hr":
            return "———"
        case _:
            return _blocks(node, indent, quoted=quoted)


def _list(node: SyntaxTreeNode, indent: str, *, quoted: bool) -> str:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    markers = ("• " if start is None else f"{start + offset}. " for offset in range(len(node.children)))
    return "\n".join(
        _item(item, indent, marker, quoted=quoted) for item, marker in zip(node.children, markers, strict=True)
    )


def _item(item: SyntaxTreeNode, indent: str, marker: str, *, quoted: bool) -> str:
    inner = indent + " " * len(marker)
    parts = [(child, _block(child, inner, quoted=quoted)) for child in item.children]
    body = "\n".join(part if _brings_indent(child, part) else inner + part for child, part in parts if part)
    return indent + marker + body.removeprefix(inner)


def _brings_indent(child: SyntaxTreeNode, part: str) -> bool:
    """A nested list is indented already; code must keep its columns."""
    return child.type in _LISTS or part.startswith(("<pre>", "<blockquote>"))


def _code(content: str, info: str) -> str:
    language = info.strip().partition(" ")[0]
    text = escape(content.rstrip("\n"), quote=False)
    if not text.strip():
        return ""
    if _LANGUAGE.fullmatch(language):
        return f'<pre><code class="language-{language}">{text}</code></pre>'
    return f"<pre>{text}</pre>"


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        [visible_text(_inline(cell, "")).replace("\n", " ") for cell in row.children]
        for section in node.children
        for row in section.children
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return f"<pre>{escape(chr(10).join(lines), quote=False)}</pre>"


def _inline(node: SyntaxTreeNode, indent: str) -> str:
    """The inline content of a paragraph, heading or cell; its line breaks are indented."""
    text = "".join(_span(child, in_link=False) for inline in node.children for child in inline.children)
    return text.replace("\n", f"\n{indent}")


def _span(node: SyntaxTreeNode, *, in_link: bool) -> str:
    match node.type:
        case "text" | "text_special":
            return escape(node.content, quote=False)
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return f"<code>{escape(node.content, quote=False)}</code>"
        case "image":
            return _link(str(node.attrs.get("src", "")), escape(node.content, quote=False), in_link=in_link)
        case "link":
            inner = "".join(_span(child, in_link=True) for child in node.children)
            return _link(str(node.attrs.get("href", "")), inner, in_link=in_link)
    inner = "".join(_span(child, in_link=in_link) for child in node.children)
    tag = _MARKS.get(node.type)
    return f"<{tag}>{inner}</{tag}>" if tag and inner else inner


def _link(href: str, inner: str, *, in_link: bool) -> str:
    if in_link:
        return inner
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    if scheme in _LINK_SCHEMES:
        return f'<a href="{escape(href)}">{inner or escape(href, quote=False)}</a>'
    # Telegram drops other addresses; shown as text they stay readable.
    return f"{inner} ({escape(href, quote=False)})" if href else inner
