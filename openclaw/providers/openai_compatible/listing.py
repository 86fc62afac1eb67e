"""``GET /models`` of vendors that speak OpenAI's wire format.

OpenAI itself tells names and no more. What others add has no common form, so every name of a fact is looked for:
OpenRouter's (https://openrouter.ai/docs/api-reference/list-available-models), Together's
(https://docs.together.ai/reference/models), Groq's (https://console.groq.com/docs/api-reference#models), Mistral's
(https://docs.mistral.ai/api/#tag/models) and vLLM's.
"""

from __future__ import annotations

from typing import Any

from openclaw.ports.provider import ListedModel
from openclaw.providers.listing import count, entries, in_order, table, text, words

#: Together's kinds of models that talk to nobody.
_MUTE = frozenset({"image", "embedding", "moderation", "rerank", "audio", "video", "transcribe"})
_WINDOW = ("context_length", "context_window", "max_context_length", "max_model_len")
_ANSWER = ("max_completion_tokens", "max_output_tokens")
#: Kinds of input by OpenRouter's names.
_KINDS = ("text", "image", "audio", "video")


def read_list(provider: str, answer: Any) -> tuple[ListedModel, ...]:
    """The models that can be talked to. Raises BadModelRequest for what is no list."""
    return in_order([_listed(entry) for entry in entries(provider, answer, "data") if _talks(entry)])


def _talks(entry: dict[str, Any]) -> bool:
    outputs = words(table(entry.get("architecture")).get("output_modalities"))
    return (
        entry.get("type") not in _MUTE
        and table(entry.get("capabilities")).get("completion_chat") is not False
        and entry.get("active") is not False
        and (not outputs or "text" in outputs)
    )


def _listed(entry: dict[str, Any]) -> ListedModel:
    id_, name = text(entry.get("id")), text(entry.get("display_name")) or text(entry.get("name"))
    return ListedModel(
        id=id_,
        name=name if name != id_ else "",
        context_window=_first(entry, _WINDOW),
        max_output_tokens=_first(entry, _ANSWER) or _first(table(entry.get("top_provider")), _ANSWER),
        reasoning=_reasoning(entry),
        input_kinds=_kinds(entry),
    )


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((found for name in names if (found := count(entry.get(name))) is not None), None)


def _reasoning(entry: dict[str, Any]) -> bool | None:
    said = table(entry.get("capabilities")).get("reasoning")
    if isinstance(said, bool):
        return said
    parameters = words(entry.get("supported_parameters"))
    return "reasoning" in parameters if parameters else None


def _kinds(entry: dict[str, Any]) -> tuple[str, ...] | None:
    told = words(table(entry.get("architecture")).get("input_modalities"))
    if told:
        return tuple(kind for kind in _KINDS if kind in told)
    sees = table(entry.get("capabilities")).get("vision")
    if isinstance(sees, bool):
        return ("text", "image") if sees else ("text",)
    return None
