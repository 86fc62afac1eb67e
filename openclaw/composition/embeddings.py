"""Embeddings by the configured models, for processes that run no turns."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.memory import embedding_model
from openclaw.composition.models import ConfiguredModels, ProviderPool
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingProvider, EmbeddingRequest
from openclaw.ports.provider import ModelRef
from openclaw.settings.schema import Settings

log = logging.getLogger(__name__)

#: Beyond the longest call, before a provider that is no longer configured is closed.
GRACE_SECONDS = 120.0


class ConfiguredEmbedder:
    """Implements ``Embedder``. Follows the configuration.

    With ``ahead`` the providers of the configured models are opened before anybody asks: importing a vendor's SDK takes
    a second of work, which would hold up everyone whom this process serves.
    """

    def __init__(self, live: LiveSettings, registry: Registry, *, ahead: bool = True) -> None:
        self._ahead = ahead
        self._live = live
        self._registry = registry
        self._pool: ProviderPool = ProviderPool(GRACE_SECONDS)
        self._models = self._build(live.settings)
        self._open(live.settings)
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
        self._open(settings)
        self._pool.retain(self._models.keys())

    def _open(self, settings: Settings) -> None:
        if not self._ahead:
            return
        for where, ref in _wanted(settings):
            try:
                self._models.provider(ref)
            except ConfigError as error:
                log.error("%s cannot be used: %s", where, error)  # noqa: TRY400

    def _build(self, settings: Settings) -> ConfiguredModels:
        return ConfiguredModels(
            providers=settings.models.providers,
            agents=settings.agents.by_id,
            registry=self._registry,
            pool=self._pool,
        )


def _wanted(settings: Settings) -> Iterator[tuple[str, ModelRef]]:
    """What this configuration embeds with, and where it says so."""
    http = settings.gateway.http
    if http.embedding_model and (http.chat_completions.enabled or http.responses.enabled):
        yield "gateway.http.embedding_model", ModelRef.parse(http.embedding_model)
    memory = embedding_model(settings)
    if memory is not None:
        yield "memory.provider", memory
