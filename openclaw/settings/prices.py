"""The prices that come along, looked up by a model's name."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

from openclaw.domain.pricing import FREE, ModelPrice
from openclaw.ports.provider import ModelInfo

#: Its model echoes, on this machine.
_DEMO = "demo"


def price_of(info: ModelInfo) -> ModelPrice | None:
    """What is configured for a model, else what is listed; ``None`` when nobody knows."""
    if info.price is not None:
        return info.price
    return FREE if info.provider == _DEMO else listed_price(info.id)


@cache
def listed_price(model: str) -> ModelPrice | None:
    """The listed price of a model; a router's name of it, ``vendor/model``, is the same model."""
    name = model.lower().rpartition("/")[2]
    return next((price for patterns, price in _listed() if any(fnmatchcase(name, each) for each in patterns)), None)


@cache
def _listed() -> Sequence[tuple[tuple[str, ...], ModelPrice]]:
    text = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    return [
        (
            tuple(entry["models"]),
            ModelPrice.per_million(entry["input"], entry["output"], entry.get("cache_read"), entry.get("cache_write")),
        )
        for entry in tomllib.loads(text)["price"]
    ]
