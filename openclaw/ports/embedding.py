"""Texts as vectors: an ability that some providers have beside chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from openclaw.ports.provider import ModelRef


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """One call. ``dimensions`` is for models that can shorten their vectors."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """One vector per text, in their order."""

    vectors: tuple[tuple[float, ...], ...]
    input_tokens: int = 0


@runtime_checkable
class EmbeddingProvider(Protocol):
    """A provider that embeds, besides what else it does. Thread-safe."""

    def embed(self, request: EmbeddingRequest) -> EmbeddedTexts:
        """Raises one of the ProviderError classes. Never retries."""
        ...


class Embedder(Protocol):
    """The configured providers' ability to embed. Thread-safe."""

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        """Raises ProviderError, and ConfigError for a model that cannot be used so."""
        ...
