"""``batchEmbedContents``: texts as vectors. https://ai.google.dev/api/embeddings"""

from __future__ import annotations

from typing import Any

import httpx2

from openclaw.errors import Overloaded
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest

CONNECT_SECONDS = 10.0


def embedding_body(request: EmbeddingRequest) -> dict[str, Any]:
    """The request's body."""
    more = {} if request.dimensions is None else {"outputDimensionality": request.dimensions}
    name = f"models/{request.model}"
    return {"requests": [{"model": name, "content": {"parts": [{"text": text}]}, **more} for text in request.texts]}


def read_vectors(provider: str, answer: object, request: EmbeddingRequest) -> EmbeddedTexts:
    """The vectors in the order of the texts; Google does not say what they used. Raises Overloaded."""
    found = answer.get("embeddings") if isinstance(answer, dict) else None
    try:
        vectors = tuple(tuple(float(value) for value in each["values"]) for each in found or ())
    except (KeyError, TypeError, ValueError):
        vectors = ()
    if len(vectors) != len(request.texts):
        raise Overloaded(f"{provider}: the vendor sent {len(vectors)} vectors for {len(request.texts)} texts")
    return EmbeddedTexts(vectors, 0)


def timeouts_of(request: EmbeddingRequest) -> httpx2.Timeout:
    return httpx2.Timeout(request.timeout_seconds, connect=CONNECT_SECONDS)
