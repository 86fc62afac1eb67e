"""``POST /embeddings`` through the SDK, which knows how to ask for vectors in their compact form."""

from __future__ import annotations

import httpx2
import openai

from openclaw.errors import Overloaded
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest
from openclaw.providers.openai_compatible.errors import translated
from openclaw.providers.vendor_errors import Redactor

CONNECT_SECONDS = 10.0


def embed(client: openai.OpenAI, provider: str, redactor: Redactor, request: EmbeddingRequest) -> EmbeddedTexts:
    """See ``EmbeddingProvider.embed``."""
    try:
        with translated(provider, redactor):
            answer = client.embeddings.create(
                model=request.model,
                input=list(request.texts),
                dimensions=request.dimensions if request.dimensions is not None else openai.omit,
                timeout=httpx2.Timeout(request.timeout_seconds, connect=CONNECT_SECONDS),
            )
    except (ValueError, TypeError) as error:  # an answer that the SDK cannot read
        raise Overloaded(f"{provider}: the vendor's answer holds no vectors") from error
    vectors = [tuple(item.embedding) for item in sorted(answer.data, key=lambda item: item.index)]
    if len(vectors) != len(request.texts):
        raise Overloaded(f"{provider}: the vendor sent {len(vectors)} vectors for {len(request.texts)} texts")
    return EmbeddedTexts(tuple(vectors), answer.usage.prompt_tokens if answer.usage else 0)
