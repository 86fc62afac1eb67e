"""The form between markdown and a platform's markup: plain text, and which parts of it are what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["bold", "italic", "strike", "code", "code_block", "link", "quote"]
#: How a table is shown: aligned in a code block, as bullets, or as lines.
Tables = Literal["code", "bullets", "off"]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, by offsets in characters. ``value`` is a link's address or a code block's language."""

    start: int
    end: int
    style: Style
    value: str = ""


@dataclass(frozen=True, slots=True)
class RichText:
    """What people read, and its spans: each is not empty and lies within or outside of every other, outer ones first.

    Code and code blocks hold no span; links no link, quotes no quote.
    """

    text: str
    spans: tuple[Span, ...] = ()
