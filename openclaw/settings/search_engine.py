"""Which search engine a configuration means, with its key from the environment where the file has none."""

from __future__ import annotations

from dataclasses import replace

from openclaw.settings.environment import Environment
from openclaw.settings.file_schema import Problem
from openclaw.settings.own_key import own_key
from openclaw.settings.sections.web_search import BRAVE_URL, SEARCH_VARIABLES, TAVILY_URL, SearchSection

_PATH = ("tools", "web", "search")


def settle_search(section: SearchSection, environment: Environment, problems: list[Problem]) -> SearchSection:
    """The section with its engine named and what that engine needs; what is missing is appended to ``problems``."""
    section = _completed(section, environment)
    ready = {
        "brave": bool(section.brave.api_key),
        "tavily": bool(section.tavily.api_key),
        "searxng": bool(section.searxng.base_url),
        "duckduckgo": True,
    }
    if section.provider == "auto":
        return replace(section, provider=next(name for name, is_ready in ready.items() if is_ready))
    if section.enabled and not ready[section.provider]:
        key = "base_url" if section.provider == "searxng" else "api_key"
        advice = f"is missing, and {section.provider} is the provider; set it or {SEARCH_VARIABLES[section.provider]}"
        problems.append(Problem((*_PATH, section.provider, key), advice))
    return section


def _completed(section: SearchSection, environment: Environment) -> SearchSection:
    brave, tavily, searxng = section.brave, section.tavily, section.searxng
    found = {engine: environment.get(variable) for engine, variable in SEARCH_VARIABLES.items()}
    brave = replace(brave, api_key=own_key(brave.api_key, brave.base_url, BRAVE_URL, found["brave"]))
    tavily = replace(tavily, api_key=own_key(tavily.api_key, tavily.base_url, TAVILY_URL, found["tavily"]))
    if searxng.base_url is None:
        searxng = replace(searxng, base_url=found["searxng"])
    return replace(section, brave=brave, tavily=tavily, searxng=searxng)
