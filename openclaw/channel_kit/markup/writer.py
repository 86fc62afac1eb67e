"""Writes a text and notes its spans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openclaw.channel_kit.markup.spans import RichText, Span, Style


class SpanWriter:
    """Gaps are written only between things that are there, and outside of the spans that begin behind them."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._gap = ""
        self._spans: list[Span | None] = []
        #: Open spans: their place in ``_spans``, and where they begin once something is in them.
        self._open: list[tuple[int, Style, str]] = []
        self._starts: dict[int, int] = {}

    @property
    def styles(self) -> set[Style]:
        """What is open now."""
        return {style for _, style, _ in self._open}

    def write(self, text: str) -> None:
        if not text:
            return
        if self._length:
            self._put(self._gap)
        self._gap = ""
        for place, _, _ in self._open:
            self._starts.setdefault(place, self._length)
        self._put(text)

    def gap(self, text: str) -> None:
        """Let this stand before whatever comes next; the last one wins."""
        self._gap = text

    @contextmanager
    def span(self, style: Style, value: str = "") -> Iterator[None]:
        """What is written meanwhile is of this style."""
        place = len(self._spans)
        self._spans.append(None)
        self._open.append((place, style, value))
        yield
        self._open.pop()
        start = self._starts.pop(place, None)
        if start is not None and self._length > start:
            self._spans[place] = Span(start, self._length, style, value)

    def rich(self) -> RichText:
        return RichText("".join(self._parts), tuple(span for span in self._spans if span is not None))

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
