"""Text with spans in a platform's own markup: the platform's marks are a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from openclaw.channel_kit.markup.spans import RichText, Span, Style


def _same(text: str) -> str:
    return text


def _labelled(label: str, href: str) -> str:
    """For platforms without links: the address in brackets, unless the label is the address."""
    bare = href.removeprefix("mailto:").removeprefix("tel:")
    return href if label in ("", href) else label if label == bare else f"{label} ({href})"


def quote_lines(text: str, mark: str = ">") -> str:
    """A quotation; its mark is the one that most platforms share, however it is written there."""
    return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))


def fenced(code: str, language: str) -> str:
    """A code block between lines of backticks."""
    return f"```{language}\n{code}\n```"


@dataclass(frozen=True, slots=True)
class Marks:
    """How a platform writes each style; what it does not have is left as the text it is about."""

    #: What stands before and after a text of this style.
    around: Mapping[Style, tuple[str, str]] = field(default_factory=dict)
    #: Text outside of code, so that it means nothing but itself.
    escape: Callable[[str], str] = _same
    escape_code: Callable[[str], str] = _same
    #: Label, which is rendered already, and address.
    link: Callable[[str, str], str] = _labelled
    #: Code, which is escaped already, and language, which may be empty.
    code_block: Callable[[str, str], str] | None = None
    #: What a quotation holds, rendered already.
    quote: Callable[[str], str] | None = None
    #: Whether a style ends with its line, so that each line has marks of its own, close to its words.
    marks_each_line: bool = False


#: For platforms that know no markup.
PLAIN = Marks()


def render(rich: RichText, marks: Marks) -> str:
    """The whole text in the platform's markup."""
    return _Renderer(rich, marks).part(0, len(rich.text), 0, len(rich.spans))


class _Renderer:
    def __init__(self, rich: RichText, marks: Marks) -> None:
        self._text = rich.text
        self._spans = rich.spans
        self._marks = marks

    def part(self, start: int, end: int, first: int, last: int, *, code: bool = False) -> str:
        """The text from ``start`` to ``end``; ``first`` to ``last`` are the places of the spans in it."""
        pieces: list[str] = []
        escape = self._marks.escape_code if code else self._marks.escape
        while first < last:
            span = self._spans[first]
            inner = first + 1
            while inner < last and self._spans[inner].start < span.end:
                inner += 1
            pieces += [escape(self._text[start : span.start]), self._styled(span, first + 1, inner)]
            start, first = span.end, inner
        return "".join([*pieces, escape(self._text[start:end])])

    def _styled(self, span: Span, first: int, last: int) -> str:
        marks = self._marks
        inner = self.part(span.start, span.end, first, last, code=span.style in ("code", "code_block"))
        if span.style == "link":
            return marks.link(inner, span.value)
        if span.style == "code_block" and marks.code_block is not None:
            return marks.code_block(inner, span.value)
        if span.style == "quote" and marks.quote is not None:
            return marks.quote(inner)
        before, after = marks.around.get(span.style, ("", ""))
        if marks.marks_each_line:
            return "\n".join(_around_words(line, before, after) for line in inner.split("\n"))
        return f"{before}{inner}{after}"


def _around_words(line: str, before: str, after: str) -> str:
    words = line.strip()
    start = line.find(words)
    return f"{line[:start]}{before}{words}{after}{line[start + len(words) :]}" if words else line
