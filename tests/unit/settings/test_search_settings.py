"""``[tools.web.search]``: which engine a configuration means, and that keys go to their vendor alone."""

from __future__ import annotations

import pytest

from openclaw.cli.child_environment import child_environment
from openclaw.errors import ConfigError

pytestmark = pytest.mark.spec("E9")


@pytest.mark.parametrize(
    ("variables", "engine"),
    [
        ({}, "duckduckgo"),
        ({"SEARXNG_BASE_URL": "http://search.lan"}, "searxng"),
        ({"SEARXNG_BASE_URL": "http://search.lan", "TAVILY_API_KEY": "t"}, "tavily"),
        ({"TAVILY_API_KEY": "t", "BRAVE_API_KEY": "b"}, "brave"),
    ],
)
def test_the_first_engine_that_is_ready_is_taken(load, variables, engine):
    settings = load("", **variables)
    assert settings.tools.web.search.provider == engine
    # Workers and gateways get to see what the command line saw.
    assert variables.items() <= child_environment(variables, settings, "redis://").items()


def test_a_key_of_the_environment_goes_to_the_vendor_s_own_address_only(load):
    text = '[tools.web.search.brave]\nbase_url = "https://proxy.example"\n'
    assert load(text, BRAVE_API_KEY="b").tools.web.search.provider == "duckduckgo"
    search = load(f'{text}api_key = "mine"\n', BRAVE_API_KEY="b").tools.web.search
    assert (search.provider, search.brave.api_key.reveal()) == ("brave", "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('provider = "brave"', r"tools\.web\.search\.brave\.api_key: is missing.*BRAVE_API_KEY"),
        ('provider = "searxng"', r"tools\.web\.search\.searxng\.base_url: is missing"),
        ('provider = "duckduck"', "did you mean"),
        ("max_results = 11", "the most is 10"),
    ],
)
def test_an_engine_that_cannot_be_asked_is_refused_at_once(load, text, says):
    with pytest.raises(ConfigError, match=says):
        load(f"[tools.web.search]\n{text}\n")
