"""Tools that reach out to the web, as the configuration wants them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import urlsplit

from openclaw.net.guarded import Bounds, Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.secrets import Secret
from openclaw.settings.schema import Settings
from openclaw.settings.sections.web_search import SearchSection
from openclaw.tools.search.brave import Brave
from openclaw.tools.search.duckduckgo import DuckDuckGo
from openclaw.tools.search.searxng import SearxNG
from openclaw.tools.search.tavily import Tavily
from openclaw.tools.search.wire import SearchEngine
from openclaw.tools.web_fetch import register_web_fetch
from openclaw.tools.web_search import WebSearchTool, register_web_search

#: The most of an engine's answer that is read.
SEARCH_BYTES = 2 * 1024 * 1024

_NO_KEY = Secret("")
_ENGINES: dict[str, Callable[[SearchSection], SearchEngine]] = {
    "brave": lambda search: Brave(search.brave.base_url, search.brave.api_key or _NO_KEY),
    "tavily": lambda search: Tavily(search.tavily.base_url, search.tavily.api_key or _NO_KEY),
    "searxng": lambda search: SearxNG(search.searxng.base_url or ""),
    "duckduckgo": lambda search: DuckDuckGo(search.duckduckgo.base_url),
}


def add_web_tools(registry: Registry, settings: Settings) -> None:
    """Add ``web_search`` unless it is switched off, and ``web_fetch`` where the extra ``web`` is installed."""
    if settings.tools.web.search.enabled:
        register_web_search(registry, search_tool(settings.tools.web.search))
    # What makes pages readable.
    if find_spec("trafilatura") is None:
        return
    register_web_fetch(registry, Fetcher(private_places(settings)))


def private_places(settings: Settings) -> frozenset[str]:
    """Hosts of the operator's own network that may be reached."""
    return frozenset(place.lower() for place in settings.tools.web.allow_private)


def search_tool(search: SearchSection) -> WebSearchTool:
    """``web_search`` with the engine of a settled section."""
    engine = _ENGINES[search.provider](search)
    return WebSearchTool(
        engine,
        # The operator named this place, so it may be a private one; no other may be reached on the way.
        Fetcher(frozenset({_place(engine.base_url)})),
        Bounds(search.timeout_seconds, SEARCH_BYTES),
        max_results=search.max_results,
        cache_seconds=search.cache_minutes * 60,
    )


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
