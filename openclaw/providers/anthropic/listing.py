"""``GET /v1/models``: https://docs.anthropic.com/en/api/models-list."""

from __future__ import annotations

from typing import Any

from openclaw.ports.provider import ListedModel
from openclaw.providers.listing import count, entries, in_order, table, text


def read_list(provider: str, answer: Any) -> tuple[ListedModel, ...]:
    """The models that are still to be had. Raises BadModelRequest for what is no list."""
    models = entries(provider, answer, "data")
    return in_order([_listed(entry) for entry in models if entry.get("lifecycle") != "retired"])


def _listed(entry: dict[str, Any]) -> ListedModel:
    can = table(entry.get("capabilities"))
    sees = table(can.get("image_input")).get("supported")
    thinks = table(can.get("thinking")).get("supported")
    return ListedModel(
        id=text(entry.get("id")),
        name=text(entry.get("display_name")),
        context_window=count(entry.get("max_input_tokens")),
        max_output_tokens=count(entry.get("max_tokens")),
        reasoning=thinks if isinstance(thinks, bool) else None,
        input_kinds=(("text", "image") if sees else ("text",)) if isinstance(sees, bool) else None,
    )
