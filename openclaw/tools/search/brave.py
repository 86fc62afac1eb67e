"""Brave Search (https://api-dashboard.search.brave.com/app/documentation/web-search/query)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from openclaw.ports.secrets import Secret
from openclaw.tools.search.wire import SearchHit, SearchQuestion, SearchRequest, hits_of, json_of

#: The vendor's words for an age.
_FRESHNESS = {"day": "pd", "week": "pw", "month": "pm", "year": "py"}


@dataclass(frozen=True, slots=True)
class Brave:
    """Asks with a key."""

    base_url: str
    api_key: Secret
    name: str = "brave"

    def request(self, question: SearchQuestion) -> SearchRequest:
        wishes = {
            "q": question.query,
            "count": str(question.count),
            "country": question.country.upper(),
            "search_lang": question.language.lower(),
            "freshness": _FRESHNESS.get(question.freshness, ""),
        }
        asked = urlencode({name: value for name, value in wishes.items() if value})
        headers = {"accept": "application/json", "x-subscription-token": self.api_key.reveal()}
        return SearchRequest(f"{self.base_url.rstrip('/')}/res/v1/web/search?{asked}", headers)

    def hits(self, body: bytes) -> list[SearchHit]:
        web = json_of(body, self.name).get("web")
        return hits_of(web.get("results") if isinstance(web, dict) else None, "description", "age", "page_age")

    def refusal(self, status: int) -> str:
        if status in (401, 403, 422):
            return "It does not accept the key or the question: check `[tools.web.search.brave] api_key`."
        return ""
