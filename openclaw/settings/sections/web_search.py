"""``[tools.web.search]``: the search engine of agents."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openclaw.ports.secrets import Secret
from openclaw.settings.option import option

#: Where an engine's key, or an instance's address, may stand in the environment.
SEARCH_VARIABLES: Mapping[str, str] = MappingProxyType(
    {"brave": "BRAVE_API_KEY", "tavily": "TAVILY_API_KEY", "searxng": "SEARXNG_BASE_URL"}
)
BRAVE_URL = "https://api.search.brave.com"
TAVILY_URL = "https://api.tavily.com"
DUCKDUCKGO_URL = "https://html.duckduckgo.com"


@dataclass(frozen=True, slots=True)
class BraveSection:
    """``[tools.web.search.brave]``"""

    api_key: Secret | None = option(None, "The key.", reload="process", default_says="`BRAVE_API_KEY`")
    base_url: str = option(BRAVE_URL, "Address of the API.", reload="process", form="url")


@dataclass(frozen=True, slots=True)
class TavilySection:
    """``[tools.web.search.tavily]``"""

    api_key: Secret | None = option(None, "The key.", reload="process", default_says="`TAVILY_API_KEY`")
    base_url: str = option(TAVILY_URL, "Address of the API.", reload="process", form="url")


@dataclass(frozen=True, slots=True)
class SearxngSection:
    """``[tools.web.search.searxng]``"""

    base_url: str | None = option(
        None,
        "Address of your instance; it may be private, and must give JSON.",
        reload="process",
        form="url",
        default_says="`SEARXNG_BASE_URL`",
    )


@dataclass(frozen=True, slots=True)
class DuckDuckGoSection:
    """``[tools.web.search.duckduckgo]``"""

    base_url: str = option(DUCKDUCKGO_URL, "Address of the page without scripts.", reload="process", form="url")


@dataclass(frozen=True, slots=True)
class SearchSection:
    """``[tools.web.search]``"""

    enabled: bool = option(True, "Whether agents may search the web.", reload="process")
    provider: str = option(
        "auto",
        "The engine. `auto` takes the first of Brave and Tavily that has a key, else SearxNG if it has an address, "
        "else DuckDuckGo.",
        reload="process",
        one_of=("auto", "brave", "tavily", "searxng", "duckduckgo"),
    )
    max_results: int = option(5, "Results of a search that says nothing else.", reload="process", minimum=1, maximum=10)
    timeout_seconds: float = option(30.0, "How long the engine may take.", reload="process", minimum=1, maximum=120)
    cache_minutes: float = option(15.0, "How long what was found is kept.", reload="process", minimum=0)
    brave: BraveSection = option(meaning="Brave Search.", factory=BraveSection)
    tavily: TavilySection = option(meaning="Tavily.", factory=TavilySection)
    searxng: SearxngSection = option(meaning="A SearxNG instance.", factory=SearxngSection)
    duckduckgo: DuckDuckGoSection = option(meaning="DuckDuckGo.", factory=DuckDuckGoSection)
