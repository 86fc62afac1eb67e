"""The configured models and their providers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from openclaw.composition.auth_profiles import Stored, with_stored
from openclaw.composition.open_pool import OpenPool
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.model_health import AlwaysWell, ModelHealth
from openclaw.ports.models import Candidate
from openclaw.ports.provider import ModelInfo, ModelRef, Provider, ProviderConfig
from openclaw.settings.prices import price_of
from openclaw.settings.schema import Agent

#: The whole section: a provider whose section is unchanged keeps its connections.
ProviderPool = OpenPool[Hashable, Provider]


class ConfiguredModels:
    """Implements the model router over the settings; opens a provider at its first use."""

    def __init__(
        self,
        providers: Mapping[str, ProviderConfig],
        agents: Mapping[str, Agent],
        registry: Registry,
        pool: ProviderPool,
        health: ModelHealth | None = None,
        aliases: Mapping[str, str] = MappingProxyType({}),
        stored: Callable[[], Stored] = dict,
    ) -> None:
        self._providers = providers
        self._agents = agents
        self._registry = registry
        self._pool = pool
        self._health = health or AlwaysWell()
        self._aliases = aliases
        self._stored = stored

    @property
    def health(self) -> ModelHealth:
        """Which of them are left alone."""
        return self._health

    def candidates(self, agent_id: str, wanted: str = "") -> Sequence[Candidate]:
        agent = self._agents[agent_id]
        names = [*([wanted] if wanted else []), str(agent.model), *map(str, agent.fallbacks)]
        found: dict[ModelRef, list[Candidate]] = {}
        for name in names:
            of_name = self._with_profiles(name)
            # A model that is asked for with one profile is not asked with another later.
            found.setdefault(of_name[0].ref, of_name)
        return [candidate for candidates in found.values() for candidate in candidates]

    def _with_profiles(self, name: str) -> list[Candidate]:
        """A model with each of its vendor's profiles, or with the one that is named."""
        ref = self._parse(self._aliases.get(name.lower(), name))
        config = self._config(ref.provider)
        profiles = [profile.name for profile in config.profiles] if config else []
        model, at, pinned = ref.model.rpartition("@")
        if at and pinned in profiles:
            ref, profiles = ModelRef(ref.provider, model), [pinned]
        info = self._info(ref)
        return [Candidate(ref, info, profile) for profile in profiles or [""]]

    def provider(self, ref: ModelRef, profile: str = "") -> Provider:
        config = self._config(ref.provider)
        if config is None:
            known = ", ".join(sorted(self._providers))
            raise ConfigError(f"model provider {ref.provider!r} is not configured; configured: {known}")
        own = with_profile(config, profile)
        return self._pool.get(_key(own), lambda: self._open_provider(own))

    def keys(self) -> set[Hashable]:
        """What the pool has to keep open for this configuration."""
        return {
            _key(with_profile(config, name))
            for config in (with_stored(each, self._stored()) for each in self._providers.values())
            for name in ["", *(profile.name for profile in config.profiles)]
        }

    def models(self) -> list[ModelInfo]:
        """Every model that is configured or shipped with a usable vendor. Opens nothing."""
        return configured_models(self._providers)

    def _config(self, provider: str) -> ProviderConfig | None:
        config = self._providers.get(provider)
        return None if config is None else with_stored(config, self._stored())

    def _open_provider(self, config: ProviderConfig) -> Provider:
        plugin = self._registry.providers.get(config.api)
        if plugin is None:
            known = ", ".join(sorted(self._registry.providers))
            raise ConfigError(f"models.providers.{config.id}.api: nothing serves {config.api!r}; known: {known}")
        return plugin.open(config)

    def _info(self, ref: ModelRef) -> ModelInfo:
        config = self._providers.get(ref.provider)
        known = (model for model in (config.models if config else ()) if model.id == ref.model)
        info = next(known, None) or ModelInfo(id=ref.model, provider=ref.provider)
        return replace(info, price=price_of(info))

    def _parse(self, wanted: str) -> ModelRef:
        try:
            return ModelRef.parse(wanted)
        except ValueError as error:
            raise ConfigError(f"model {wanted!r}: {error}") from None


def configured_models(providers: Mapping[str, ProviderConfig]) -> list[ModelInfo]:
    """Every model of the configured vendors."""
    return [model for config in providers.values() for model in config.models]


def _key(config: ProviderConfig) -> Hashable:
    headers, options = tuple(sorted(config.headers.items())), tuple(sorted(config.options.items()))
    return config.id, config.api, config.base_url, config.api_key, headers, config.models, options


def with_profile(config: ProviderConfig, profile: str) -> ProviderConfig:
    """The vendor as one of its profiles sees it; the first one where none is named."""
    if not config.profiles:
        return config
    chosen = next((each for each in config.profiles if each.name == profile), config.profiles[0])
    return replace(config, api_key=chosen.api_key, base_url=chosen.base_url or config.base_url, profiles=())


def account_of(config: ProviderConfig | None, provider: str, profile: str = "") -> str:
    """What a vendor's account is called among those that rest: another key is another account."""
    secret = with_profile(config, profile).api_key if config is not None else None
    mark = hashlib.blake2b(secret.reveal().encode(), digest_size=4).hexdigest() if secret is not None else "none"
    return f"{provider}{f':{profile}' if profile else ''}#{mark}"
