"""The configured models and their providers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.models import Candidate
from openclaw.ports.provider import ModelInfo, ModelRef, Provider, ProviderConfig
from openclaw.settings.schema import Agent


class ConfiguredModels:
    """Implements the model router over the settings; opens a provider at its first use."""

    def __init__(
        self, providers: Mapping[str, ProviderConfig], agents: Mapping[str, Agent], registry: Registry
    ) -> None:
        self._providers = providers
        self._agents = agents
        self._registry = registry
        self._open: dict[str, Provider] = {}
        self._lock = threading.Lock()

    def candidates(self, agent_id: str, wanted: str = "") -> Sequence[Candidate]:
        agent = self._agents[agent_id]
        refs = [agent.model, *agent.fallbacks]
        if wanted:
            refs.insert(0, self._parse(wanted))
        return [Candidate(ref, self._info(ref)) for ref in dict.fromkeys(refs)]

    def provider(self, ref: ModelRef) -> Provider:
        found = self._open.get(ref.provider)
        if found is not None:
            return found
        with self._lock:
            if ref.provider not in self._open:
                self._open[ref.provider] = self._open_provider(ref.provider)
            return self._open[ref.provider]

    def models(self) -> list[ModelInfo]:
        """Every model that is configured or shipped with a usable vendor. Opens nothing."""
        return [model for config in self._providers.values() for model in config.models]

    def close(self) -> None:
        for provider in self._open.values():
            provider.close()

    def _open_provider(self, provider_id: str) -> Provider:
        config = self._providers.get(provider_id)
        if config is None:
            known = ", ".join(sorted(self._providers))
            raise ConfigError(f"model provider {provider_id!r} is not configured; configured: {known}")
        plugin = self._registry.providers.get(config.api)
        if plugin is None:
            known = ", ".join(sorted(self._registry.providers))
            raise ConfigError(f"models.providers.{provider_id}.api: nothing serves {config.api!r}; known: {known}")
        return plugin.open(config)

    def _info(self, ref: ModelRef) -> ModelInfo:
        config = self._providers.get(ref.provider)
        for model in config.models if config else ():
            if model.id == ref.model:
                return model
        return ModelInfo(id=ref.model, provider=ref.provider)

    def _parse(self, wanted: str) -> ModelRef:
        try:
            return ModelRef.parse(wanted)
        except ValueError as error:
            raise ConfigError(f"model {wanted!r}: {error}") from None
