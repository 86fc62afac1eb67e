"""What vendors say of their models, as it comes along: looked up by vendor and id."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from openclaw.ports.provider import ModelInfo

#: How many tokens of an answer are asked for at the most where nobody says more: they are held back from the window and
#: from budgets.
USUAL_ANSWER_TOKENS = 16_384
_USUAL = ModelInfo("", "")


@lru_cache(maxsize=1024)
def known_model(provider: str, model: str, name: str = "") -> ModelInfo:
    """What is known of a model; the usual window, and text alone, where nothing is."""
    facts = _facts(provider, model)
    if facts is None and "/" in model:  # a router's name of another vendor's
        facts = _facts(*model.split("/", 1))
    return ModelInfo(model, provider, name) if facts is None else _info(provider, model, name, facts)


def _info(provider: str, model: str, name: str, facts: Mapping[str, Any]) -> ModelInfo:
    most = facts.get("max_output_tokens")
    answer = facts.get("answer_tokens") or min(most or _USUAL.max_output_tokens, USUAL_ANSWER_TOKENS)
    window = facts["context_window"]
    if (fits := facts.get("max_input_tokens")) is not None:
        window = min(window, fits + answer)
    return ModelInfo(
        id=model,
        provider=provider,
        name=name,
        context_window=window,
        max_output_tokens=answer,
        reasoning=facts.get("reasoning", False),
        input_kinds=tuple(facts["input_kinds"]),
    )


def _facts(vendor: str, model: str) -> Mapping[str, Any] | None:
    entries = _shipped().get(vendor.lower(), ())
    return next((each for each in entries if any(fnmatchcase(model, pattern) for pattern in each["ids"])), None)


@cache
def _shipped() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The entries of each vendor, in their order."""
    text = resources.files(__package__).joinpath("models.toml").read_text(encoding="utf-8")
    by_vendor: dict[str, list[Mapping[str, Any]]] = {}
    for entry in tomllib.loads(text)["model"]:
        by_vendor.setdefault(entry["vendor"], []).append(entry)
    return by_vendor
