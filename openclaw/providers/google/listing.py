"""``GET /models``: https://ai.google.dev/api/models#method:-models.list."""

from __future__ import annotations

from typing import Any

from openclaw.ports.provider import ListedModel
from openclaw.providers.listing import count, entries, in_order, text, words


def read_list(provider: str, answer: Any) -> tuple[ListedModel, ...]:
    """The models that can be talked to. Raises BadModelRequest for what is no list."""
    models = entries(provider, answer, "models")
    return in_order([_listed(entry) for entry in models if _talks(entry)])


def _talks(entry: dict[str, Any]) -> bool:
    return "generatecontent" in words(entry.get("supportedGenerationMethods"))


def _listed(entry: dict[str, Any]) -> ListedModel:
    thinks = entry.get("thinking")
    return ListedModel(
        id=text(entry.get("name")).removeprefix("models/"),
        name=text(entry.get("displayName")),
        context_window=count(entry.get("inputTokenLimit")),
        max_output_tokens=count(entry.get("outputTokenLimit")),
        reasoning=thinks if isinstance(thinks, bool) else None,
    )
