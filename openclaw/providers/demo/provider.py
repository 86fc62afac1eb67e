"""The demo provider: ``demo/echo`` to talk to, ``demo/script`` that says its lines, ``demo/hash`` for embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from openclaw.domain.scripted_reply import ScriptedReply
from openclaw.errors import BadModelRequest
from openclaw.ports.cancel import CancelToken
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest
from openclaw.ports.provider import ModelEvent, ModelInfo, ModelRequest
from openclaw.providers.demo import embedding, script
from openclaw.providers.demo.errors import requested_failure
from openclaw.providers.demo.request import read_wishes
from openclaw.providers.demo.stream import answer

MODEL = "echo"


class DemoProvider:
    """Keeps nothing between calls."""

    def __init__(self, provider_id: str, script: tuple[ScriptedReply, ...] = ()) -> None:
        self._id = provider_id
        self._script = script

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        cancel.raise_if_cancelled()
        if request.model == script.MODEL and self._script:
            yield from script.play(self._id, self._script, request, cancel)
            return
        if request.model != MODEL:
            raise BadModelRequest(f"{self._id}: there is no model {request.model!r}, only {self._known()}")
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
        echo = ModelInfo(MODEL, self._id, "Demo (offline echo)", context_window=200_000, max_output_tokens=8192)
        scripted = replace(echo, id=script.MODEL, name="Demo (script)")
        return (echo, scripted) if self._script else (echo,)

    def _known(self) -> str:
        return " and ".join(repr(model.id) for model in self.models())

    def close(self) -> None:
        """Nothing is open."""
