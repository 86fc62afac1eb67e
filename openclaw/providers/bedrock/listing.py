"""What a Bedrock account can ask: models that are had on demand, and AWS's own inference profiles for the others.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
"""

from __future__ import annotations

from typing import Any

from openclaw.ports.provider import ListedModel
from openclaw.providers.listing import PAGE, entries, in_order, text, words

MODELS = "/foundation-models?byInferenceType=ON_DEMAND&byOutputModality=TEXT"
PROFILES = f"/inference-profiles?maxResults={PAGE}&type=SYSTEM_DEFINED"


def read_lists(provider: str, models: Any, profiles: Any) -> tuple[ListedModel, ...]:
    """Both lists in one. Raises BadModelRequest for what is no list."""
    found = [_model(entry) for entry in entries(provider, models, "modelSummaries") if _streams(entry)]
    found += [_profile(entry) for entry in entries(provider, profiles, "inferenceProfileSummaries")]
    return in_order(found)


def _streams(entry: dict[str, Any]) -> bool:
    return entry.get("responseStreamingSupported") is not False


def _model(entry: dict[str, Any]) -> ListedModel:
    kinds = tuple(kind for kind in words(entry.get("inputModalities")) if kind in ("text", "image"))
    return ListedModel(text(entry.get("modelId")), text(entry.get("modelName")), input_kinds=kinds or None)


def _profile(entry: dict[str, Any]) -> ListedModel:
    return ListedModel(text(entry.get("inferenceProfileId")), text(entry.get("inferenceProfileName")))
