"""Money is counted in whole millionths of a dollar, and rounded up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.pricing import FREE, ModelPrice, priced, usd
from openclaw.domain.run import Usage
from openclaw.ports.provider import ModelInfo
from openclaw.settings.prices import listed_price, price_of

pytestmark = pytest.mark.spec("K8")

SONNET = ModelPrice.per_million(3.0, 15.0, 0.3, 3.75)
_COUNTS = st.integers(0, 10_000_000)
_USAGES = st.builds(Usage, _COUNTS, _COUNTS, _COUNTS, _COUNTS)


def test_each_kind_of_token_has_its_price() -> None:
    assert SONNET.cost(Usage(1_000_000, 0, 0, 0)) == 3_000_000
    assert SONNET.cost(Usage(0, 1_000_000, 0, 0)) == 15_000_000
    assert SONNET.cost(Usage(0, 0, 1_000_000, 0)) == 300_000
    assert SONNET.cost(Usage(0, 0, 0, 1_000_000)) == 3_750_000
    assert SONNET.cost(Usage(0, 0, 1, 0)) == 1


def test_what_is_not_said_of_a_cache_costs_as_other_input() -> None:
    assert ModelPrice.per_million(2.0, 8.0, None, None) == ModelPrice(2_000, 8_000, 2_000, 2_000)


@given(_USAGES, _USAGES)
def test_a_sum_never_costs_more_than_its_parts(one: Usage, other: Usage) -> None:
    parts = SONNET.cost(one) + SONNET.cost(other)
    assert parts - 1 <= SONNET.cost(one + other) <= parts


def test_what_has_no_price_costs_nothing_that_is_counted() -> None:
    assert priced(Usage(5, 5), None) == Usage(5, 5)
    assert priced(Usage(5, 5), FREE) == Usage(5, 5)
    assert priced(Usage(10, 1), SONNET) + priced(Usage(10, 1), SONNET) == Usage(20, 2, 0, 0, 90)


def test_usage_survives_being_written_down() -> None:
    usage = Usage(1, 2, 3, 4, 5)
    assert Usage.from_json(usage.to_json()) == usage
    assert "costMicroUsd" not in Usage(1, 2).to_json()


@pytest.mark.parametrize(
    ("microusd", "shown"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (120, "$0.00012"),
        (10_000, "$0.01"),
        (1_234_567, "$1.23"),
        (5 * 10**8, "$500.00"),
    ],
)
def test_money_is_shown_to_people(microusd: int, shown: str) -> None:
    assert usd(microusd) == shown


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-sonnet-4-5-20250929", (3.0, 15.0)),
        ("anthropic/claude-opus-4.5", (5.0, 25.0)),
        ("claude-opus-4-1", (15.0, 75.0)),
        ("gpt-5-mini-2025-08-07", (0.25, 2.0)),
        ("GPT-5", (1.25, 10.0)),
        ("gpt-4.1-nano", (0.1, 0.4)),
        ("openai/gpt-4o-mini", (0.15, 0.6)),
        ("claude-sonnet-5", (2.0, 10.0)),
        ("anthropic/claude-opus-5.5", (4.0, 20.0)),
        ("claude-opus-5", (5.0, 25.0)),
        ("claude-haiku-5-5", (0.1, 0.5)),
        ("gpt-6.2-sol", (2.0, 10.0)),
    ],
)
def test_models_are_found_by_their_names(model: str, dollars: tuple[float, float]) -> None:
    price = listed_price(model)
    assert price is not None
    assert (price.input, price.output) == tuple(round(each * 1000) for each in dollars)
    assert 0 < price.cache_read <= price.input <= price.cache_write < price.output


@pytest.mark.parametrize("model", ["llama3", "gpt-5-mega", "my-claude", ""])
def test_a_model_that_is_not_listed_has_no_price(model: str) -> None:
    assert listed_price(model) is None


def test_what_is_configured_comes_before_the_list_and_the_demo_is_free() -> None:
    assert price_of(ModelInfo("gpt-4o", "x", price=SONNET)) == SONNET
    assert price_of(ModelInfo("echo", "demo")) == FREE
    assert price_of(ModelInfo("wire-1", "mock")) is None


def test_a_long_call_costs_more_where_its_vendor_says_so_all_of_it() -> None:
    price = listed_price("claude-haiku-5-5")
    assert price is not None
    assert price.cost(Usage(60_000, 1_000, cache_read_tokens=40_000)) == 6_000 + 500 + 400
    assert price.cost(Usage(60_001, 1_000, cache_read_tokens=40_000)) == 30_001 + 2_500 + 2_000


def test_an_open_model_has_the_price_of_its_host_alone() -> None:
    assert listed_price("openai/gpt-oss-120b") is None
    groq = price_of(ModelInfo("openai/gpt-oss-120b", "groq"))
    assert groq is not None
    assert (groq.input, groq.output) == (150, 600)
    assert price_of(ModelInfo("openai/gpt-oss-120b", "together")) is None
