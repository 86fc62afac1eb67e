"""The configured models and their providers."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from openclaw.composition.auth_profiles import Stored, with_stored
from openclaw.composition.open_pool import OpenPool
from openclaw.domain.auth_order import in_order
from openclaw.errors import ConfigError, RedisUnavailable
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.model_health import AlwaysWell, ModelHealth
from openclaw.ports.models import Candidate, ProfileUse
from openclaw.ports.provider import ModelInfo, ModelRef, Provider, ProviderConfig
from openclaw.settings.catalogue import known_model
from openclaw.settings.prices import price_of
from openclaw.settings.schema import Agent

log = logging.getLogger(__name__)

#: Fewer profiles are no choice.
_CHOICE = 2

#: The whole section: a provider whose section is unchanged keeps its connections.
ProviderPool = OpenPool[Hashable, Provider]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfiguredModels:
    """Implements the model router over the settings; opens a provider at its first use. Thread-safe."""

    providers: Mapping[str, ProviderConfig]
    agents: Mapping[str, Agent]
    registry: Registry
    pool: ProviderPool
    #: Which of them are left alone.
    health: ModelHealth = field(default_factory=AlwaysWell)
    aliases: Mapping[str, str] = field(default_factory=dict)
    stored: Callable[[], Stored] = dict
    #: Where it is remembered which profile was asked when; ``None`` takes them as they are written.
    use: ProfileUse | None = None
    clock: Clock = system_clock

    def candidates(self, agent_id: str, wanted: str = "", pin: str = "") -> Sequence[Candidate]:
        agent = self.agents[agent_id]
        names = [*([wanted] if wanted else []), str(agent.model), *map(str, agent.fallbacks)]
        found: dict[ModelRef, list[Candidate]] = {}
        for name in names:
            of_name = self._with_profiles(name, pin)
            # A model that is asked for with one profile is not asked with another later.
            found.setdefault(of_name[0].ref, of_name)
        return [candidate for candidates in found.values() for candidate in candidates]

    def asked(self, candidate: Candidate) -> None:
        """Note when; not where the order is given or there is nothing to choose from."""
        if self.use is None or not candidate.profile:
            return
        config = self._config(candidate.ref.provider)
        if config is None or sum(not each.placed for each in config.profiles) < _CHOICE:
            return
        try:
            self.use.note(config.id, candidate.profile, self.clock())
        except RedisUnavailable as error:
            log.debug("that %s was asked is not noted: %s", candidate.name, error)

    def _with_profiles(self, name: str, pin: str) -> list[Candidate]:
        """A model with each of its vendor's profiles, or with the one that is named."""
        ref = self._parse(self.aliases.get(name.lower(), name))
        config = self._config(ref.provider)
        profiles = config.profiles if config else ()
        model, at, wanted = ref.model.rpartition("@")
        if at and any(profile.name == wanted for profile in profiles):
            ref = ModelRef(ref.provider, model)
            return [Candidate(ref, self._info(ref), wanted)]
        names = in_order(ref.provider, profiles, pin, lambda: self._last_asked(ref.provider))
        info = self._info(ref)
        return [Candidate(ref, info, each) for each in names or [""]]

    def _last_asked(self, provider: str) -> Mapping[str, int]:
        try:
            return self.use.last(provider) if self.use is not None else {}
        except RedisUnavailable as error:
            log.debug("profiles of %s are taken as they are written: %s", provider, error)
            return {}

    def provider(self, ref: ModelRef, profile: str = "") -> Provider:
        config = self._config(ref.provider)
        if config is None:
            known = ", ".join(sorted(self.providers))
            raise ConfigError(f"model provider {ref.provider!r} is not configured; configured: {known}")
        own = with_profile(config, profile)
        return self.pool.get(_key(own), lambda: self._open_provider(own))

    def keys(self) -> set[Hashable]:
        """What the pool has to keep open for this configuration."""
        return {
            _key(with_profile(config, name))
            for config in (with_stored(each, self.stored()) for each in self.providers.values())
            for name in ["", *(profile.name for profile in config.profiles)]
        }

    def models(self) -> list[ModelInfo]:
        """Every model that is configured or shipped with a usable vendor. Opens nothing."""
        return configured_models(self.providers)

    def _config(self, provider: str) -> ProviderConfig | None:
        config = self.providers.get(provider)
        return None if config is None else with_stored(config, self.stored())

    def _open_provider(self, config: ProviderConfig) -> Provider:
        plugin = self.registry.providers.get(config.api)
        if plugin is None:
            known = ", ".join(sorted(self.registry.providers))
            raise ConfigError(f"models.providers.{config.id}.api: nothing serves {config.api!r}; known: {known}")
        return plugin.open(config)

    def _info(self, ref: ModelRef) -> ModelInfo:
        config = self.providers.get(ref.provider)
        known = (model for model in (config.models if config else ()) if model.id == ref.model)
        info = next(known, None) or known_model(ref.provider, ref.model)
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
