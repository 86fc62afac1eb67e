"""The models there are: configured ones, those that come along, and those that vendors list.

Vendors are asked when somebody looks at the catalogue and never for a turn: all that are due at once, each for a few
seconds, and whoever has not answered by then is left out until the next time.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from openclaw.composition.auth_profiles import Stored, with_stored
from openclaw.composition.models import account_of, with_profile
from openclaw.errors import ConfigError, ProviderError, RedisUnavailable
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.model_lists import NO_LIST, Catalogue, ListCache, VendorList
from openclaw.ports.provider import ListedModel, Lister, ModelInfo, ProviderConfig
from openclaw.settings.catalogue import USUAL_ANSWER_TOKENS, known_model
from openclaw.settings.vendor_defaults import needs_key

log = logging.getLogger(__name__)

#: How long one vendor may take, and all of them together. Seconds.
VENDOR_SECONDS, ALL_SECONDS = 8.0, 10.0
#: Vendors that are asked at a time.
AT_A_TIME = 16
#: Of a vendor that has not answered when the others are waited for no longer.
_LATE = VendorList(reason="timeout", error="no answer in time")


@dataclass(frozen=True, slots=True)
class VendorLists:
    """What vendors list. Thread-safe."""

    registry: Registry
    cache: ListCache
    clock: Clock = system_clock
    #: How long all of them together are waited for.
    patience_seconds: float = ALL_SECONDS

    def catalogue(
        self, vendors: Iterable[ProviderConfig], stored: Stored, *, refresh: bool = False, prepared_only: bool = False
    ) -> Catalogue:
        """All models of these vendors.

        ``refresh`` asks vendors whose list is not due yet; ``prepared_only`` asks none.
        """
        configs = [with_profile(with_stored(each, stored), "") for each in vendors]
        accounts = {config.id: _account(config) for config in configs if _lists(self.registry, config)}
        known = self._known(accounts)
        if not prepared_only:
            now_ms = self.clock()
            due = [
                config
                for config in configs
                if config.id in accounts and (refresh or known.get(config.id, VendorList()).is_due(now_ms))
            ]
            known |= self._asked(due, accounts, known)
        models = [model for config in configs for model in merged(config, known.get(config.id, VendorList()).models)]
        return Catalogue(tuple(models), {id_: found for id_, found in known.items() if found.reason != NO_LIST})

    def _known(self, accounts: Mapping[str, str]) -> dict[str, VendorList]:
        try:
            found = self.cache.read(list(accounts.values()))
        except RedisUnavailable as error:
            log.debug("vendors are asked for their models anew: %s", error)
            return {}
        return {provider: found[account] for provider, account in accounts.items() if account in found}

    def _asked(
        self, due: Sequence[ProviderConfig], accounts: Mapping[str, str], known: Mapping[str, VendorList]
    ) -> dict[str, VendorList]:
        """Ask all of them at once. One that answers too late is known the next time."""
        if not due:
            return {}
        pool = ThreadPoolExecutor(max_workers=min(len(due), AT_A_TIME), thread_name_prefix="model-lists")
        asking: dict[str, Future[VendorList]] = {}
        for config in due:
            before = known.get(config.id, VendorList())
            asking[config.id] = pool.submit(self._ask, config, accounts[config.id], before)
        wait(asking.values(), timeout=self.patience_seconds)
        pool.shutdown(wait=False)
        return {
            provider: future.result() if future.done() else replace(_LATE, models=known.get(provider, _LATE).models)
            for provider, future in asking.items()
        }

    def _ask(self, config: ProviderConfig, account: str, before: VendorList) -> VendorList:
        """Ask one. What it said earlier stands where it does not answer."""
        found = self._answer(config, before.models)
        try:
            self.cache.put(account, found)
        except RedisUnavailable as error:
            log.debug("the models of %s are asked for again: %s", config.id, error)
        return found

    def _answer(self, config: ProviderConfig, before: tuple[ListedModel, ...]) -> VendorList:
        try:
            with closing(self.registry.providers[config.api].open(config)) as vendor:
                if not isinstance(vendor, Lister):
                    return VendorList((), self.clock(), NO_LIST)
                listed = vendor.available(VENDOR_SECONDS)
        except ProviderError as failure:
            return VendorList(before, self.clock(), failure.reason, str(failure))
        except ConfigError as failure:
            return VendorList(before, self.clock(), "bad_request", str(failure))
        return VendorList(listed, self.clock())


class NoListCache:
    """Implements ``ListCache`` for whoever looks once."""

    def read(self, accounts: Sequence[str]) -> dict[str, VendorList]:  # noqa: ARG002 - the port's
        return {}

    def put(self, account: str, found: VendorList) -> None: ...


def merged(config: ProviderConfig, listed: Sequence[ListedModel]) -> list[ModelInfo]:
    """A vendor's models: first the configured ones or those that come along, as they are there, then the others."""
    own = {model.id for model in config.models}
    return [*config.models, *(_filled(config.id, each) for each in listed if each.id not in own)]


def _filled(provider: str, listed: ListedModel) -> ModelInfo:
    """A model that its vendor lists: what the vendor does not say of it is as for one that somebody names."""
    info = known_model(provider, listed.id)
    said: dict[str, Any] = {
        "name": listed.name or None,
        "context_window": listed.context_window,
        "max_output_tokens": listed.max_output_tokens and min(listed.max_output_tokens, USUAL_ANSWER_TOKENS),
        "reasoning": listed.reasoning,
        "input_kinds": listed.input_kinds,
    }
    return replace(info, **{name: value for name, value in said.items() if value is not None})


def _account(config: ProviderConfig) -> str:
    """What a list belongs to: another key, address or region may have other models."""
    place = json.dumps([config.api, config.base_url, sorted(config.options.items())])
    return f"{account_of(config, config.id)}@{hashlib.blake2b(place.encode(), digest_size=4).hexdigest()}"


def _lists(registry: Registry, config: ProviderConfig) -> bool:
    """Whether it makes sense to ask: there is an adapter, and a key where one is needed."""
    return config.api in registry.providers and (config.api_key is not None or not needs_key(config.id, config.api))
