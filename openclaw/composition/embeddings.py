"""Embeddings by the configured models, for processes that run no turns."""

from __future__ import annotations

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.models import ConfiguredModels, ProviderPool
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingProvider, EmbeddingRequest
from openclaw.ports.provider import ModelRef
from openclaw.settings.schema import Settings

#: Beyond the longest call, before a provider that is no longer configured is closed.
GRACE_SECONDS = 120.0


class ConfiguredEmbedder:
    """Implements ``Embedder``. Follows the configuration; opens a provider at its first use."""

    def __init__(self, live: LiveSettings, registry: Registry) -> None:
        self._live = live
        self._registry = registry
        self._pool: ProviderPool = ProviderPool(GRACE_SECONDS)
        self._models = self._build(live.settings)
        live.on_change(lambda _before, after, _changes: self._follow(after))

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        """Raises ProviderError, and ConfigError for a model that cannot be used so."""
        provider = self._models.provider(ref)
        if not isinstance(provider, EmbeddingProvider):
            raise ConfigError(f"model provider {ref.provider!r} makes no embeddings")
        seconds = self._live.settings.gateway.http.embedding_seconds
        return provider.embed(EmbeddingRequest(ref.model, texts, dimensions, seconds))

    def _follow(self, settings: Settings) -> None:
        self._models = self._build(settings)
        self._pool.retain(self._models.keys())

    def _build(self, settings: Settings) -> ConfiguredModels:
        return ConfiguredModels(settings.models.providers, settings.agents.by_id, self._registry, self._pool)
