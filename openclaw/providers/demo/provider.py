"""The demo provider: ``demo/echo`` to talk to, ``demo/hash`` for embeddings, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.errors import BadModelRequest
from openclaw.ports.cancel import CancelToken
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest
from openclaw.ports.provider import ModelEvent, ModelInfo, ModelRequest
from openclaw.providers.demo import embedding
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

    def embed(self, request: EmbeddingRequest) -> EmbeddedTexts:
        if request.model != embedding.MODEL:
            raise BadModelRequest(f"{self._id}: there is no embedding model {request.model!r}")
        dimensions = request.dimensions or embedding.DIMENSIONS
        vectors = tuple(embedding.vector_of(text, dimensions) for text in request.texts)
        return EmbeddedTexts(vectors, sum(len(text.split()) for text in request.texts))

    def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(MODEL, self._id, "Demo (offline echo)", context_window=200_000, max_output_tokens=8192),)

    def close(self) -> None:
        """Nothing is open."""
