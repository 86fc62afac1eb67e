"""The credentials that are stored, beside those of the configuration."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts
from openclaw.composition.storage import Storage
from openclaw.coordination.leases import Lease
from openclaw.errors import AuthFailed, ConfigError, ProviderError, RedisUnavailable, StoreUnavailable
from openclaw.ports.auth_profiles import AuthProfileStore, Sealer, StoredProfile
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.provider import DEFAULT_PROFILE, AuthProfile, ProviderConfig
from openclaw.ports.secrets import Secret
from openclaw.providers.oauth.tokens import Tokens, renewed
from openclaw.providers.oauth.vendors import OAUTH_VENDORS, OAuthVendor
from openclaw.security.sealing import Sealer as FileSealer
from openclaw.settings.schema import Settings
from openclaw.settings.vendor_defaults import BY_ID

log = logging.getLogger(__name__)

#: How old what a process knows of them may be, in seconds.
FRESH_SECONDS = 5.0
#: How long somebody may take to renew a login, in milliseconds, and how often others look whether it is done.
RENEWAL_LEASE_MS = 60_000
RENEWAL_TRIES, RENEWAL_PAUSE_SECONDS = 20, 0.5
#: A token that ends no sooner is used while somebody else renews it, in milliseconds.
STILL_GOOD_MS = 30_000

Stored = Mapping[str, tuple[AuthProfile, ...]]


class Renewing(Protocol):
    """Renews the tokens of a login, once over the whole cluster."""

    def __call__(self, profile: StoredProfile, tokens: Tokens) -> Tokens:
        """Tokens that hold. Raises ProviderError or StoreUnavailable."""
        ...


@dataclass(slots=True)
class StoredProfiles:
    """Those of the database, opened and renewed. Thread-safe; one that cannot be used is left out, and the log says
    why.
    """

    store: AuthProfileStore
    sealer: Sealer
    renew: Renewing
    clock: Clock = system_clock
    monotonic: Callable[[], float] = time.monotonic
    #: Called with nothing, once for each change, by whoever found it.
    on_change: Callable[[], None] = lambda: None
    _known: Stored = field(default_factory=dict)
    _until: float = -1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Stored:
        """By vendor, in their order; as they were a moment ago."""
        if self.monotonic() < self._until:
            return self._known
        with self._lock:
            if self.monotonic() < self._until:
                return self._known  # somebody has read it meanwhile, and tells of what changed
            before = self._known
            try:
                self._known = self._read()
            except StoreUnavailable as error:
                log.warning("stored credentials are those of before: %s", error)
            self._until = self.monotonic() + FRESH_SECONDS
            found = self._known
        if found != before:
            self.on_change()
        return found

    def _read(self) -> Stored:
        found: dict[str, tuple[AuthProfile, ...]] = {}
        for each in self.store.all():
            try:
                profile = self._opened(each)
            except (ConfigError, ProviderError) as error:
                log.warning("the profile %s of %s cannot be used: %s", each.name, each.provider, error)
                continue
            found[each.provider] = (*found.get(each.provider, ()), profile)
        return found

    def _opened(self, profile: StoredProfile) -> AuthProfile:
        secret = self.sealer.open(profile.sealed)
        if profile.kind != "oauth":
            return AuthProfile(profile.name, secret, profile.kind, placed=profile.placed)
        tokens = Tokens.from_secret(secret)
        if tokens.is_due(self.clock()):
            tokens = self.renew(profile, tokens)
        return AuthProfile(profile.name, Secret(tokens.access), profile.kind, tokens.api_url, profile.placed)


@dataclass(frozen=True, slots=True)
class LeasedRenewal:
    """Implements ``Renewing``: whoever has the lease asks the vendor, the others read what was stored."""

    store: AuthProfileStore
    sealer: Sealer
    lease: Callable[[str], Lease]
    vendor_of: Callable[[str], OAuthVendor | None]
    clock: Clock = system_clock
    pause: Callable[[float], None] = time.sleep

    def __call__(self, profile: StoredProfile, tokens: Tokens) -> Tokens:
        vendor = self.vendor_of(profile.provider)
        if vendor is None:
            raise AuthFailed(f"nobody knows how to renew the login with {profile.provider}")
        lease = self.lease(f"oauth:{profile.provider}:{profile.name}")
        for _ in range(RENEWAL_TRIES):
            if _taken(lease):
                try:
                    return self._renewed(vendor, profile)
                finally:
                    _given_back(lease)
            if self.clock() < tokens.expires_at_ms - STILL_GOOD_MS:
                return tokens  # nobody needs to wait: it is renewed early
            self.pause(RENEWAL_PAUSE_SECONDS)
            current = self._stored(profile)
            if not current.is_due(self.clock()):
                return current
        # Whoever renews them takes long: until their very end the old ones hold.
        return tokens

    def _renewed(self, vendor: OAuthVendor, profile: StoredProfile) -> Tokens:
        current = self._stored(profile)
        if not current.is_due(self.clock()):
            return current
        fresh = renewed(vendor, current, self.clock())
        self.store.put(replace(profile, sealed=self.sealer.seal(fresh.to_secret())))
        return fresh

    def _stored(self, profile: StoredProfile) -> Tokens:
        for each in self.store.all():
            if (each.provider, each.name) == (profile.provider, profile.name):
                return Tokens.from_secret(self.sealer.open(each.sealed))
        raise AuthFailed(f"the login {profile.name} with {profile.provider} was removed")


def _taken(lease: Lease) -> bool:
    """Without Redis everybody renews: rather twice than not at all."""
    try:
        return lease.acquire()
    except RedisUnavailable:
        return True


def _given_back(lease: Lease) -> None:
    try:
        lease.release()
    except RedisUnavailable as error:
        log.debug("a lease runs out by itself: %s", error)


def stored_profiles(live: LiveSettings, storage: Storage, redis_parts: RedisParts) -> StoredProfiles:
    """Those of this installation."""
    sealer = sealer_of(live.settings)
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def lease(name: str) -> Lease:
        return redis_parts.lease(name, owner, RENEWAL_LEASE_MS)

    def vendor_of(provider: str) -> OAuthVendor | None:
        return oauth_vendor(live.settings, provider)

    renewal = LeasedRenewal(storage.auth_profiles, sealer, lease, vendor_of)
    return StoredProfiles(storage.auth_profiles, sealer, renewal)


def oauth_vendor(settings: Settings, provider: str) -> OAuthVendor | None:
    """How one logs in with a configured vendor; ``None`` where one does not."""
    config = settings.models.providers.get(provider)
    vendor = OAUTH_VENDORS.get(provider)
    if vendor is None or config is None:
        return None
    elsewhere = config.options.get("login_url")
    return vendor.at(elsewhere) if elsewhere else vendor


def sealer_of(settings: Settings) -> FileSealer:
    """What seals them here."""
    return FileSealer(settings.home / "auth.key")


def own_profiles(config: ProviderConfig) -> tuple[AuthProfile, ...]:
    """A vendor's configured credentials in their order; its one key counts as a profile."""
    if config.profiles or config.api_key is None:
        return config.profiles
    return (AuthProfile(DEFAULT_PROFILE, config.api_key),)


def with_stored(config: ProviderConfig, stored: Stored) -> ProviderConfig:
    """A vendor with what is stored for it, behind what is configured."""
    more = stored.get(config.id, ())
    if not more:
        return config
    own = own_profiles(config)
    names = {profile.name for profile in own}
    known = BY_ID.get(config.id)
    if known is None or config.base_url != known.base_url:
        # An address that the operator wrote is where everything goes.
        more = tuple(replace(profile, base_url="") for profile in more)
    return replace(config, profiles=(*own, *(profile for profile in more if profile.name not in names)))
