"""``web_search``: pages of the web about something, by whichever engine is configured."""

from __future__ import annotations

import secrets
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block
from openclaw.errors import ToolError
from openclaw.net.guarded import Bounds, Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.kept import Kept
from openclaw.tools.search.wire import FRESHNESS, SearchEngine, SearchHit, SearchQuestion

#: The most results of one search (OpenClaw's constant).
MAX_RESULTS = 10
#: Searches that are kept.
KEPT_SEARCHES = 128
#: Characters of a snippet and of a title that are shown.
_SNIPPET_CHARS, _TITLE_CHARS = 600, 200

_SPEC = ToolSpec(
    name="web_search",
    description="Search the web: titles, addresses and snippets of pages. Read a page itself with web_fetch.",
    parameters={
        "type": "object",
        "properties": {
            "query": {"type": "string", "minLength": 1, "maxLength": 400},
            "count": {"type": "integer", "minimum": 1, "maximum": MAX_RESULTS, "description": "How many results."},
            "country": {"type": "string", "pattern": "^[A-Za-z]{2}$", "description": "Two letters, such as DE."},
            "language": {"type": "string", "pattern": "^[A-Za-z]{2}$", "description": "Two letters, such as de."},
            "freshness": {"type": "string", "enum": list(FRESHNESS), "description": "Pages of the last day, week, …"},
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)


class WebSearchTool:
    """Asks one engine at one address; what it found is kept for a while."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(
        self, engine: SearchEngine, fetcher: Fetcher, bounds: Bounds, *, max_results: int, cache_seconds: float
    ) -> None:
        self._engine = engine
        self._fetcher = fetcher
        self._bounds = bounds
        self._max_results = max_results
        self._kept: Kept[SearchQuestion, tuple[SearchHit, ...]] = Kept(cache_seconds, KEPT_SEARCHES)

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """The results between marks, with who found them."""
        check_arguments(self.spec, arguments)
        context.cancel.raise_if_cancelled()
        question = SearchQuestion(**{"count": self._max_results, **arguments})
        # What is asked for differs by a space as little as by a repetition.
        question = replace(question, query=" ".join(question.query.split()))
        if not question.query:
            raise ToolError("query: is empty.")
        hits = self._kept.get(question, lambda: self._search(question))
        facts = [f"{len(hits)} results by {self._engine.name}."]
        if ignored := self._engine.request(question).ignored:
            facts.append(f"{self._engine.name} was not told of: {', '.join(ignored)}.")
        block = untrusted_block("\n\n".join(map(_shown, hits)) or "(nothing found)", secrets.token_hex(8))
        return ToolOutcome("\n".join([*facts, NOTE, block]))

    def _search(self, question: SearchQuestion) -> tuple[SearchHit, ...]:
        engine, request = self._engine, self._engine.request(question)
        # A key must not follow a redirect to somebody else.
        answer = self._fetcher.fetch(request.url, self._bounds, dict(request.headers), request.body, redirects=0)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise ToolError(f"{engine.name} wants no more searches for now. {engine.refusal(answer.status)}".rstrip())
        if answer.status != HTTPStatus.OK:
            raise ToolError(f"{engine.name} answered {answer.status}. {engine.refusal(answer.status)}".rstrip())
        if answer.cut:
            raise ToolError(f"{engine.name} answered with more than {self._bounds.most_bytes} bytes.")
        found = (hit for hit in engine.hits(answer.body) if hit.url.startswith(("http://", "https://")))
        return tuple(found)[: question.count]


def _shown(hit: SearchHit) -> str:
    age = f" ({one_line(hit.age, 60)})" if hit.age else ""
    lines = [f"{one_line(hit.title, _TITLE_CHARS) or '(untitled)'}{age}", hit.url[:2048]]
    return "\n".join([*lines, *([_cut(hit.snippet)] if hit.snippet else [])])


def _cut(text: str) -> str:
    return text if len(text) <= _SNIPPET_CHARS else text[: _SNIPPET_CHARS - 1] + "…"


def register_web_search(registry: Registry, tool: WebSearchTool) -> None:
    """Add the tool; the configuration says by which engine."""
    registry.add_tool(tool, source=__name__)
