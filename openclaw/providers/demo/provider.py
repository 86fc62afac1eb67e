"""The demo provider: ``demo/echo`` and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.errors import BadModelRequest
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ModelEvent, ModelInfo, ModelRequest
from openclaw.providers.demo.errors import requested_failure
from openclaw.providers.demo.request import read_wishes
from openclaw.providers.demo.stream import answer

MODEL = "echo"


class DemoProvider:
    """Keeps nothing between calls."""

    def __init__(self, provider_id: str) -> None:
        self._id = provider_id

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        cancel.raise_if_cancelled()
        if request.model != MODEL:
            raise BadModelRequest(f"{self._id}: there is no model {request.model!r}, only {MODEL!r}")
        wishes = read_wishes(request)
        if wishes.failure:
            raise requested_failure(wishes.failure)
        yield from answer(wishes, request, cancel)

    def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(MODEL, self._id, "Demo (offline echo)", context_window=200_000, max_output_tokens=8192),)

    def close(self) -> None:
        """Nothing is open."""
