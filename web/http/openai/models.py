"""The agents as models."""

from __future__ import annotations

from typing import Any

from web.http.openai.target import model_names, model_not_found
from web.services import GatewayFacts

OWNER = "openclaw"


def model_list(facts: GatewayFacts) -> dict[str, Any]:
    """Every name that a request may use as its model."""
    return {"object": "list", "data": [_model(name) for name in model_names(facts)]}


def one_model(name: str, facts: GatewayFacts) -> dict[str, Any]:
    """Raises ApiError for a name that is not offered."""
    if name not in model_names(facts):
        raise model_not_found(name)
    return _model(name)


def _model(name: str) -> dict[str, Any]:
    # Agents have no date of making; OpenAI's clients want a number.
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}
