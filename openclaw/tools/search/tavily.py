"""Tavily (https://docs.tavily.com/documentation/api-reference/endpoint/search)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from openclaw.ports.secrets import Secret
from openclaw.tools.search.wire import SearchHit, SearchQuestion, SearchRequest, hits_of, json_of


@dataclass(frozen=True, slots=True)
class Tavily:
    """Asks with a key. It knows no languages, and countries by English names only, so neither is passed on."""

    base_url: str
    api_key: Secret
    name: str = "tavily"

    def request(self, question: SearchQuestion) -> SearchRequest:
        asked: dict[str, Any] = {"query": question.query, "max_results": question.count, "search_depth": "basic"}
        if question.freshness:
            asked["time_range"] = question.freshness
        wishes = {"country": question.country, "language": question.language}
        return SearchRequest(
            f"{self.base_url.rstrip('/')}/search",
            {"content-type": "application/json", "authorization": f"Bearer {self.api_key.reveal()}"},
            json.dumps(asked).encode(),
            ignored=tuple(name for name, value in wishes.items() if value),
        )

    def hits(self, body: bytes) -> list[SearchHit]:
        return hits_of(json_of(body, self.name).get("results"), "content", "published_date")

    def refusal(self, status: int) -> str:
        if status in (401, 403):
            return "It does not accept the key: check `[tools.web.search.tavily] api_key`."
        # The vendor's own: the plan's limit, and the limit of paying as one goes.
        return "The plan's searches are used up." if status in (432, 433) else ""
