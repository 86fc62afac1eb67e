"""The configured model vendors, as people look at them: who has a key, who rests, who answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from openclaw.composition.auth_profiles import Stored, stored_profiles, with_stored
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.model_catalogue import VendorLists
from openclaw.composition.model_health import SharedModelHealth, build_model_health
from openclaw.composition.models import with_profile
from openclaw.composition.redis_parts import RedisParts
from openclaw.composition.storage import Storage
from openclaw.coordination.model_lists import RedisListCache
from openclaw.domain.transcript import user_text
from openclaw.errors import ConfigError, InvalidRequest, ProviderError
from openclaw.plugins.registry import Registry
from openclaw.ports.cancel import CancelToken
from openclaw.ports.model_health import NamedProfile, Probe, VendorStanding
from openclaw.ports.model_lists import Catalogue
from openclaw.ports.provider import ModelRequest
from openclaw.settings.vendor_defaults import needs_key

#: A word is enough to know that a vendor answers; some take no fewer tokens.
PROBE_TOKENS = 16


class ModelDesk:
    """Thread-safe."""

    def __init__(
        self,
        live: LiveSettings,
        registry: Registry,
        health: SharedModelHealth,
        stored: Callable[[], Stored],
        lists: VendorLists,
    ) -> None:
        self._live = live
        self._registry = registry
        self._health = health
        self._stored = stored
        self._lists = lists

    def catalogue(self, *, refresh: bool = False, prepared_only: bool = False) -> Catalogue:
        """Every model there is. Takes seconds where vendors are asked."""
        vendors = self._live.settings.models.providers.values()
        return self._lists.catalogue(vendors, self._stored(), refresh=refresh, prepared_only=prepared_only)

    def standings(self) -> list[VendorStanding]:
        """Every configured vendor. Raises StoreUnavailable."""
        resting, stored = self._health.resting(), self._stored()
        return [
            VendorStanding(
                provider=config.id,
                api=config.api,
                has_key=config.api_key is not None or any(profile.api_key for profile in config.profiles),
                needs_key=needs_key(config.id, config.api),
                models=tuple(model.id for model in config.models),
                rests=tuple(named for named in resting if named.provider == config.id),
                profiles=tuple(NamedProfile(each.name, each.kind) for each in config.profiles),
            )
            for config in (with_stored(each, stored) for each in self._live.settings.models.providers.values())
        ]

    def probe(self, provider: str, timeout_seconds: float) -> Probe:
        """Ask the vendor's first model for a word. Raises InvalidRequest for an unknown vendor."""
        settings = self._live.settings
        config = settings.models.providers.get(provider)
        if config is None:
            known = ", ".join(sorted(settings.models.providers)) or "none"
            raise InvalidRequest(f"unknown model provider {provider!r}; configured: {known}")
        if not config.models:
            return Probe("", "no_model", "no model of it is configured")
        request = ModelRequest(
            model=config.models[0].id,
            system="",
            messages=(user_text("Say ok."),),
            max_output_tokens=PROBE_TOKENS,
            connect_timeout_seconds=timeout_seconds,
            idle_timeout_seconds=timeout_seconds,
        )
        begun = time.monotonic()
        reason, error = "", ""
        try:
            own = with_profile(with_stored(config, self._stored()), "")
            with closing(self._registry.providers[own.api].open(own)) as vendor:
                for _ in vendor.stream(request, CancelToken()):
                    break
        except ProviderError as failure:
            reason, error = failure.reason, str(failure)
        except ConfigError as failure:
            reason, error = "auth", str(failure)
        return Probe(request.model, reason, error, int((time.monotonic() - begun) * 1000))


def build_model_desk(live: LiveSettings, registry: Registry, storage: Storage, redis_parts: RedisParts) -> ModelDesk:
    """The desk of a gateway."""
    stored = stored_profiles(live, storage, redis_parts)
    lists = VendorLists(registry, RedisListCache(redis_parts.client))
    return ModelDesk(live, registry, build_model_health(live, storage, redis_parts, stored), stored, lists)
