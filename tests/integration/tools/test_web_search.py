"""``web_search`` at servers that speak the engines' formats: what each is asked, and what is shown of its answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from openclaw.composition.web_tools import search_tool
from openclaw.errors import ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.secrets import Secret
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.settings.sections.web_search import (
    BraveSection,
    DuckDuckGoSection,
    SearchSection,
    SearxngSection,
    TavilySection,
)
from openclaw.tools.web_search import WebSearchTool
from tests.wire.search import BRAVE, CHALLENGE, DUCKDUCKGO, SEARXNG, TAVILY, Engine, search_engine

pytestmark = pytest.mark.spec("E9")

ANSWERS: dict[str, object] = {"brave": BRAVE, "tavily": TAVILY, "searxng": SEARXNG, "duckduckgo": DUCKDUCKGO}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with search_engine() as running:
        yield running


def section(engine: Engine, provider: str) -> SearchSection:
    """A configuration in which every engine is this server."""
    return SearchSection(
        provider=provider,
        brave=BraveSection(Secret("brave-key"), engine.url),
        tavily=TavilySection(Secret("tavily-key"), engine.url),
        searxng=SearxngSection(engine.url),
        duckduckgo=DuckDuckGoSection(engine.url),
    )


def search(tool: WebSearchTool, **arguments: object) -> ToolOutcome:
    context = ToolContext("r", "agent:main:main", "main", Path(), "m", CancelToken())
    return tool.run({"query": "nile", **arguments}, context)


@pytest.mark.parametrize("provider", ANSWERS)
def test_every_engine_s_answer_is_shown_the_same_way(engine: Engine, provider: str) -> None:
    engine.answers(ANSWERS[provider])
    said = search(search_tool(section(engine, provider))).text
    assert f"2 results by {provider}." in said
    inside = said[said.index("<untrusted-data") : said.rindex("</untrusted-data")]
    assert "The Nile" in inside
    assert "https://rivers.example/nile\nThe Nile is long & old.\n\nDelta\nhttps://rivers.example/delta" in inside
    assert "Buy a river" not in said
    assert "javascript:" not in said


def test_brave_is_told_every_wish_and_the_key_in_a_header(engine: Engine) -> None:
    engine.answers(BRAVE)
    search(search_tool(section(engine, "brave")), count=3, country="de", language="DE", freshness="week")
    asked = engine.asked[0]
    assert (asked.method, asked.path) == ("GET", "/res/v1/web/search")
    assert asked.params == {"q": "nile", "count": "3", "country": "DE", "search_lang": "de", "freshness": "pw"}
    assert asked.headers["x-subscription-token"] == "brave-key"


def test_tavily_is_posted_to_and_what_it_cannot_be_told_is_said(engine: Engine) -> None:
    engine.answers(TAVILY)
    said = search(search_tool(section(engine, "tavily")), country="DE", freshness="month").text
    asked = engine.asked[0]
    assert (asked.method, asked.path) == ("POST", "/search")
    assert json.loads(asked.body) == {
        "query": "nile",
        "max_results": 5,
        "search_depth": "basic",
        "time_range": "month",
    }
    assert asked.headers["authorization"] == "Bearer tavily-key"
    assert "tavily was not told of: country." in said


def test_searxng_is_asked_for_json_in_a_language(engine: Engine) -> None:
    engine.answers(SEARXNG)
    search(search_tool(section(engine, "searxng")), country="at", language="de", freshness="year")
    asked = engine.asked[0]
    assert asked.path == "/search"
    assert asked.params == {"q": "nile", "format": "json", "language": "de-AT", "time_range": "year"}


def test_duckduckgo_is_asked_for_a_region(engine: Engine) -> None:
    engine.answers(DUCKDUCKGO)
    said = search(search_tool(section(engine, "duckduckgo")), country="GB", language="en", freshness="day").text
    asked = engine.asked[0]
    assert (asked.method, asked.path) == ("POST", "/html/")
    assert asked.params == {"q": "nile", "kl": "uk-en", "df": "d"}
    assert "was not told" not in said


def test_no_more_is_shown_than_was_asked_for(engine: Engine) -> None:
    engine.answers(SEARXNG)
    assert "1 results" in search(search_tool(section(engine, "searxng")), count=1).text


def test_the_same_question_is_asked_once_while_its_answer_is_kept(engine: Engine) -> None:
    engine.answers(BRAVE)
    tool = search_tool(section(engine, "brave"))
    assert "The Nile" in search(tool).text
    assert "The Nile" in search(tool, query=" nile ").text
    assert len(engine.asked) == 1
    search(tool, freshness="day")
    assert len(engine.asked) == 2
    uncached = search_tool(replace(section(engine, "brave"), cache_minutes=0))
    search(uncached)
    search(uncached)
    assert len(engine.asked) == 4


@pytest.mark.parametrize(
    ("provider", "status", "advice"),
    [
        ("brave", 401, r"\[tools\.web\.search\.brave\] api_key"),
        ("tavily", 432, "used up"),
        ("searxng", 403, "search.formats"),
        ("brave", 429, "no more searches for now"),
        ("duckduckgo", 403, "An operator can set up"),
    ],
)
def test_a_refusal_names_what_to_do_and_not_the_key(engine: Engine, provider: str, status: int, advice: str) -> None:
    engine.answers({"error": "brave-key"}, status)
    tool = search_tool(section(engine, provider))
    with pytest.raises(ToolError, match=advice) as refused:
        search(tool)
    assert "-key" not in str(refused.value)
    # A refusal is not kept.
    engine.answers(ANSWERS[provider])
    assert "The Nile" in search(tool).text


def test_a_challenge_is_no_empty_result(engine: Engine) -> None:
    engine.answers(CHALLENGE)
    with pytest.raises(ToolError, match="takes us for a machine"):
        search(search_tool(section(engine, "duckduckgo")))


def test_a_key_does_not_follow_a_redirect(engine: Engine) -> None:
    with search_engine() as elsewhere:
        engine.answers("", 302, Location=f"{elsewhere.url}/res/v1/web/search")
        with pytest.raises(ToolError, match="leads elsewhere"):
            search(search_tool(section(engine, "brave")))
        assert not elsewhere.asked


def test_an_answer_that_is_none_is_an_error(engine: Engine) -> None:
    engine.answers("<html>captive portal</html>")
    with pytest.raises(ToolError, match="no JSON object"):
        search(search_tool(section(engine, "brave")))
