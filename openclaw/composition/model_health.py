"""Which models are left alone: SQL has the truth, Redis tells it every worker at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from openclaw.composition.auth_profiles import Stored, with_stored
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.models import account_of
from openclaw.composition.redis_parts import RedisParts
from openclaw.composition.storage import Storage
from openclaw.coordination.rest_mirror import RedisRestMirror
from openclaw.domain.model_rest import FORGET_MS, OF_ACCOUNT, OF_MODEL, PROBE_MS, Rest
from openclaw.errors import ProviderError, RedisUnavailable, StoreUnavailable
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.model_health import NamedRest, RestMirror, RestStore
from openclaw.ports.provider import ModelRef
from openclaw.settings.schema import Settings
from openclaw.settings.vendor_defaults import DEMO

log = logging.getLogger(__name__)

#: Errors of a vendor that has answered: about the request, not about the vendor.
_ANSWERS = frozenset({"context_overflow", "bad_request"})
#: Between a vendor's account and the model in a key; no account holds one.
_BAR = "|"


class SharedModelHealth:
    """Implements ``ModelHealth``. Thread-safe.

    ``account_of`` names the account of a configured vendor and one of its profiles, so that a new key is a new account;
    it is empty where there is nothing that could rest.
    """

    def __init__(
        self, store: RestStore, mirror: RestMirror, clock: Clock, account_of: Callable[[str, str], str]
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._account_of = account_of
        #: Keys at rest that this process has seen. What a call that was answered takes out.
        self._seen: set[str] = set()

    def rest_of(self, ref: ModelRef, profile: str = "") -> Rest | None:
        """Why it is to be left alone; ``None`` for one that may be asked, if only by whoever asks here."""
        keys = self._keys(ref, profile)
        if not keys:
            return None
        try:
            rests = self._read(keys)
            now = self._clock()
            found = {key: rest for key, rest in rests.items() if not rest.is_old(now)}
            self._seen.update(found)
            return next((rest for key, rest in found.items() if not self._may_try(key, rest, now)), None)
        except StoreUnavailable as error:
            log.warning("whether %s rests is not known: %s", ref, error)
            return None

    def failed(self, ref: ModelRef, error: ProviderError, profile: str = "") -> None:
        """Let it rest, where the error says so; one that was tried and did not answer rests on."""
        if error.reason in _ANSWERS:
            self.answered(ref, profile)
            return
        keys = self._keys(ref, profile)
        if error.reason in OF_ACCOUNT:
            resting = keys[:1]
        elif error.reason in OF_MODEL:
            resting = keys[1:]
        else:
            resting = tuple(key for key in keys if key in self._seen)
        for key in resting:
            self._note(key, error.reason, error)

    def answered(self, ref: ModelRef, profile: str = "") -> None:
        """Forget what was wrong with it. Costs nothing where nothing was."""
        keys = [key for key in self._keys(ref, profile) if key in self._seen]
        if not keys:
            return
        self._seen.difference_update(keys)
        try:
            self.clear(keys)
        except StoreUnavailable as failure:
            log.warning("%s is well again, and others hear of it later: %s", ref, failure)

    def resting(self) -> list[NamedRest]:
        """All that rest or wait to be tried, for people. Raises StoreUnavailable."""
        rests = self._store.all(self._clock() - FORGET_MS)
        return [_named(key, rest) for key, rest in sorted(rests.items())]

    def clear(self, keys: Sequence[str]) -> None:
        """Forget rests by key. Raises StoreUnavailable."""
        self._store.clear(keys)
        self._tell(lambda: self._mirror.drop(keys))

    def clear_provider(self, provider: str) -> int:
        """Forget all of a vendor's, however many. Raises StoreUnavailable."""
        rests = self._store.all(self._clock() - FORGET_MS)
        keys = [key for key in rests if not provider or _provider_of(key) == provider]
        if keys:
            self.clear(keys)
        return len(keys)

    def _keys(self, ref: ModelRef, profile: str) -> tuple[str, ...]:
        account = self._account_of(ref.provider, profile)
        return (account, f"{account}{_BAR}{ref.model}") if account else ()

    def _may_try(self, key: str, rest: Rest, now_ms: int) -> bool:
        """Whether a rest is over and this caller is the one that tries."""
        if rest.holds(now_ms):
            return False
        until = now_ms + PROBE_MS
        if not self._store.probe(key, now_ms, until):
            return False
        self._tell(lambda: self._mirror.put(key, replace(rest, probe_until_ms=until)))
        return True

    def _note(self, key: str, reason: str, error: ProviderError) -> None:
        asked = int((error.retry_after_seconds or 0) * 1000)
        try:
            rest = self._store.fail(key, reason, self._clock(), asked, str(error))
        except StoreUnavailable as failure:
            log.warning("that %s fails is not noted: %s", key.partition("#")[0], failure)
            return
        self._seen.add(key)
        self._tell(lambda: self._mirror.put(key, rest))

    def _read(self, keys: Sequence[str]) -> dict[str, Rest]:
        try:
            found = self._mirror.read(keys)
            if found is not None:
                return found
        except RedisUnavailable as error:
            log.debug("rests of models are read from the database: %s", error)
        rests = self._store.all(self._clock() - FORGET_MS)
        self._tell(lambda: self._mirror.fill(rests))
        return {key: rests[key] for key in keys if key in rests}

    @staticmethod
    def _tell(say: Callable[[], None]) -> None:
        try:
            say()
        except RedisUnavailable as error:
            log.debug("other workers hear of a model's rest later: %s", error)


def _named(key: str, rest: Rest) -> NamedRest:
    account, _, model = key.partition(_BAR)
    return NamedRest(_provider_of(key), model, rest, account.partition("#")[0].partition(":")[2])


def _provider_of(key: str) -> str:
    return key.partition("#")[0].partition(":")[0]


def build_model_health(
    live: LiveSettings, storage: Storage, redis_parts: RedisParts, stored: Callable[[], Stored]
) -> SharedModelHealth:
    """The health of the models as they are configured at each moment."""
    return shared_model_health(lambda: live.settings, storage, redis_parts, stored)


def shared_model_health(
    settings: Callable[[], Settings], storage: Storage, redis_parts: RedisParts, stored: Callable[[], Stored]
) -> SharedModelHealth:
    """The same by settings of the caller's."""

    def account(provider: str, profile: str) -> str:
        config = settings().models.providers.get(provider)
        if config is not None and config.api == DEMO.api:
            return ""  # its failures are asked for, and it has no account
        return account_of(None if config is None else with_stored(config, stored()), provider, profile)

    return SharedModelHealth(storage.model_rests, RedisRestMirror(redis_parts.client), system_clock, account)
