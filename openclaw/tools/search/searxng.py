"""SearxNG, an instance of the operator's (https://docs.searxng.org/dev/search_api.html)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from openclaw.tools.search.wire import SearchHit, SearchQuestion, SearchRequest, hits_of, json_of


@dataclass(frozen=True, slots=True)
class SearxNG:
    """Asks without a key. How many it finds is its own affair: what is too much is cut afterwards."""

    base_url: str
    name: str = "searxng"

    def request(self, question: SearchQuestion) -> SearchRequest:
        language, country = question.language.lower(), question.country.upper()
        wishes = {
            "q": question.query,
            "format": "json",
            "language": f"{language}-{country}" if language and country else language,
            "time_range": question.freshness,
        }
        asked = urlencode({name: value for name, value in wishes.items() if value})
        ignored = ("country",) if country and not language else ()
        return SearchRequest(
            f"{self.base_url.rstrip('/')}/search?{asked}", {"accept": "application/json"}, ignored=ignored
        )

    def hits(self, body: bytes) -> list[SearchHit]:
        return hits_of(json_of(body, self.name).get("results"), "content", "publishedDate")

    def refusal(self, status: int) -> str:
        if status == 403:  # noqa: PLR2004 - what it answers for a format that is not enabled
            return "It does not give JSON: add `json` to `search.formats` in its settings.yml."
        return ""
