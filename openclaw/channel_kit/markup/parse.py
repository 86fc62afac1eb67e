"""Markdown as text with spans.

The parse is CommonMark with strikethrough and tables; HTML in the source is text like any other. What chat platforms
do not have becomes what people read as the same: lists get bullets and numbers, headings are bold lines, a picture
is a link.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from openclaw.channel_kit.markup.spans import RichText, Style, Tables
from openclaw.channel_kit.markup.writer import SpanWriter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_LISTS = frozenset({"bullet_list", "ordered_list"})
_MARKS: dict[str, Style] = {"strong": "bold", "em": "italic", "s": "strike"}
_RULE = "———"
_BULLET = "• "


def parse_markdown(markdown: str, tables: Tables = "code") -> RichText:
    """Read a chunk of markdown. The text may be empty, e.g. for a lone link definition."""
    from markdown_it.tree import SyntaxTreeNode

    reader = _Reader(tables)
    reader.blocks(SyntaxTreeNode(_parser().parse(markdown)), "")
    return reader.out.rich()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


class _Reader:
    """Walks a tree once. ``indent`` stands before every line but the first."""

    def __init__(self, tables: Tables) -> None:
        self.out = SpanWriter()
        self._tables = tables

    def blocks(self, parent: SyntaxTreeNode, indent: str, gap: str = "\n\n") -> None:
        for child in parent.children:
            self.block(child, indent)
            self.out.gap(gap + ("" if _keeps_margin(child) else indent))

    def block(self, node: SyntaxTreeNode, indent: str) -> None:
        match node.type:
            case "paragraph":
                self._inline(node, indent)
            case "heading":
                with self.out.span("bold"):
                    self._inline(node, indent)
            case "fence" | "code_block":
                self._code_block(node.content, node.info)
            case "blockquote" if "quote" not in self.out.styles:
                with self.out.span("quote"):
                    self.blocks(node, "")
            case _ if node.type in _LISTS:
                self._list(node, indent)
            case "table":
                self._table(node, indent)
            case "hr":
                self.out.write(_RULE)
            case _:
                self.blocks(node, indent)

    def _list(self, node: SyntaxTreeNode, indent: str) -> None:
        first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        for offset, item in enumerate(node.children):
            marker = _BULLET if first is None else f"{first + offset}. "
            if offset:
                self.out.gap("\n" + indent)
            self.out.write(marker)
            inner = indent + " " * len(marker)
            for position, child in enumerate(item.children):
                if position or child.type in _LISTS:
                    self.out.gap("\n" + ("" if _keeps_margin(child) else inner))
                self.block(child, inner)

    def _code_block(self, content: str, info: str) -> None:
        text = content.rstrip("\n")
        if text.strip():
            with self.out.span("code_block", info.strip().partition(" ")[0]):
                self.out.write(text)

    def _table(self, node: SyntaxTreeNode, indent: str) -> None:
        rows = [[_plain(cell) for cell in row.children] for section in node.children for row in section.children]
        if self._tables == "code":
            self._code_block("\n".join(_aligned(rows)), "")
            return
        header, body = rows[0], rows[1:]
        for number, row in enumerate(body if self._tables == "bullets" else rows):
            if number:
                self.out.gap("\n" + indent)
            self._bullet(header, row) if self._tables == "bullets" else self.out.write(" | ".join(row))

    def _bullet(self, header: list[str], row: list[str]) -> None:
        """One row: its first cell as what it is about, the others with their column's name."""
        self.out.write(_BULLET)
        with self.out.span("bold"):
            self.out.write(row[0])
        rest = [f"{name}: {cell}" if name else cell for name, cell in zip(header[1:], row[1:], strict=True) if cell]
        self.out.write((": " if row[0] else "") + "; ".join(rest) if rest else "")

    def _inline(self, node: SyntaxTreeNode, indent: str) -> None:
        for inline in node.children:
            for child in inline.children:
                self._span(child, indent)

    def _span(self, node: SyntaxTreeNode, indent: str) -> None:
        match node.type:
            case "text" | "text_special":
                self.out.write(node.content)
            case "softbreak" | "hardbreak":
                self.out.write("\n" + indent)
            case "code_inline":
                with self.out.span("code"):
                    self.out.write(node.content)
            case "image":
                href = str(node.attrs.get("src", ""))
                self._link(href, lambda: self.out.write(node.content or href))
            case "link":
                href = str(node.attrs.get("href", ""))
                self._link(href, lambda: self._children(node, indent))
            case _:
                style = _MARKS.get(node.type)
                if style is None:
                    self._children(node, indent)
                else:
                    with self.out.span(style):
                        self._children(node, indent)

    def _link(self, href: str, inner: Callable[[], None]) -> None:
        if not href or "link" in self.out.styles:
            inner()
            return
        with self.out.span("link", href):
            inner()

    def _children(self, node: SyntaxTreeNode, indent: str) -> None:
        for child in node.children:
            self._span(child, indent)


def _keeps_margin(node: SyntaxTreeNode) -> bool:
    """Code must keep its columns, and a quotation is a block of its own."""
    return node.type in ("fence", "code_block", "blockquote", "table")


def _plain(cell: SyntaxTreeNode) -> str:
    reader = _Reader("off")
    reader._inline(cell, "")  # noqa: SLF001  (the same class)
    return reader.out.rich().text.replace("\n", " ")


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "-+-".join("-" * width for width in widths), *lines[1:]]
