"""What every search engine has in common."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.errors import ToolError

#: How old a page may be.
FRESHNESS = ("day", "week", "month", "year")
_TAG = re.compile(r"<[^>]{0,200}>")


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """What is looked for."""

    query: str
    count: int = 5
    #: ISO 3166 (``DE``) and ISO 639 (``de``), empty for any.
    country: str = ""
    language: str = ""
    #: One of ``FRESHNESS``; empty for any age.
    freshness: str = ""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One request to an engine. The headers may hold its key."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None
    #: Wishes of the question that this engine cannot be told.
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A page that was found; all of it is text from outside."""

    title: str
    url: str
    snippet: str = ""
    age: str = ""


class SearchEngine(Protocol):
    """An engine at its address, with its key."""

    @property
    def name(self) -> str: ...

    @property
    def base_url(self) -> str: ...

    def request(self, question: SearchQuestion) -> SearchRequest:
        """How to ask it."""
        ...

    def hits(self, body: bytes) -> list[SearchHit]:
        """What it found. Raises ToolError for an answer that is none."""
        ...

    def refusal(self, status: int) -> str:
        """What to do about a status that is no success; empty where nothing particular is known."""
        ...


def json_of(body: bytes, engine: str) -> Mapping[str, Any]:
    """An engine's JSON answer. Raises ToolError."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ToolError(f"{engine} answered with something that is no JSON object.")
    return found


def hits_of(found: Any, snippet: str, *ages: str) -> list[SearchHit]:
    """The hits of a list of objects; the snippet and the first age that is given are under these keys."""
    return [
        SearchHit(
            plain(row.get("title")),
            plain(row.get("url")),
            plain(row.get(snippet)),
            next((age for key in ages if (age := plain(row.get(key)))), ""),
        )
        for row in (found if isinstance(found, list) else ())
        if isinstance(row, dict)
    ]


def plain(text: object) -> str:
    """A piece of an answer without markup, on one line."""
    return " ".join(html.unescape(_TAG.sub("", text)).split()) if isinstance(text, str) else ""
