"""The prices that come along, looked up by a model's name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from openclaw.domain.pricing import FREE, ModelPrice
from openclaw.ports.provider import ModelInfo

#: Its model echoes, on this machine.
_DEMO = "demo"


def price_of(info: ModelInfo) -> ModelPrice | None:
    """What is configured for a model, else what is listed; ``None`` when nobody knows."""
    if info.price is not None:
        return info.price
    return FREE if info.provider == _DEMO else listed_price(info.id, info.provider)


@lru_cache(maxsize=1024)
def listed_price(model: str, vendor: str = "") -> ModelPrice | None:
    """The listed price of a model; a router's name of it, ``vendor/model``, is the same model.

    Open models cost what their host asks: such an entry counts for its vendors alone.
    """
    name = model.lower().rpartition("/")[2]
    return next((each.price for each in _listed() if each.fits(name, vendor)), None)


@dataclass(frozen=True, slots=True)
class _Entry:
    patterns: tuple[str, ...]
    #: Empty for a model that costs the same wherever it is asked.
    vendors: tuple[str, ...]
    price: ModelPrice

    def fits(self, name: str, vendor: str) -> bool:
        return (not self.vendors or vendor in self.vendors) and any(fnmatchcase(name, each) for each in self.patterns)


@cache
def _listed() -> Sequence[_Entry]:
    text = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    return [
        _Entry(tuple(entry["models"]), tuple(entry.get("vendors", ())), _price(entry))
        for entry in tomllib.loads(text)["price"]
    ]


def _price(entry: Mapping[str, Any]) -> ModelPrice:
    price = ModelPrice.per_million(entry["input"], entry["output"], entry.get("cache_read"), entry.get("cache_write"))
    beyond = entry.get("beyond")
    return price if beyond is None else replace(price, most_input=beyond["tokens"], beyond=_price(beyond))
