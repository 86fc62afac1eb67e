"""Which models are left alone for a while, as every worker sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.model_rest import Rest
from openclaw.errors import ProviderError
from openclaw.ports.provider import DEFAULT_PROFILE, ModelRef


@dataclass(frozen=True, slots=True)
class NamedRest:
    """A rest and whose it is: a vendor's account, or one model of it."""

    provider: str
    #: Empty for the whole account.
    model: str
    rest: Rest
    #: The auth profile; empty where the vendor has but one credential.
    profile: str = ""


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """An auth profile without its secret; ``kind`` as ``AuthProfile.kind``."""

    name: str = DEFAULT_PROFILE
    kind: str = "api_key"


@dataclass(frozen=True, slots=True)
class VendorStanding:
    """One configured vendor, for people."""

    provider: str
    api: str
    has_key: bool
    #: Whether its wire format takes none.
    needs_key: bool
    models: tuple[str, ...]
    rests: tuple[NamedRest, ...]
    #: Its auth profiles in their order; empty where there is but one credential.
    profiles: tuple[NamedProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """How a vendor answered to a word. ``reason`` is that of a ProviderError, empty when it did answer."""

    model: str
    reason: str = ""
    error: str = ""
    latency_ms: int = 0


class ModelHealth(Protocol):
    """Never raises: without its stores every model is asked."""

    def rest_of(self, ref: ModelRef, profile: str = "") -> Rest | None:
        """Why a model is to be left alone now; ``None`` for one that may be asked, if only by whoever asks here."""
        ...

    def failed(self, ref: ModelRef, error: ProviderError, profile: str = "") -> None:
        """A call failed."""
        ...

    def answered(self, ref: ModelRef, profile: str = "") -> None:
        """A call was answered."""
        ...


class RestStore(Protocol):
    """Rests by key. Raises StoreUnavailable."""

    def all(self, since_ms: int) -> dict[str, Rest]:
        """Those that failed since then."""
        ...

    def fail(self, key: str, reason: str, now_ms: int, retry_after_ms: int, error: str) -> Rest:
        """Note a failure; how it rests now."""
        ...

    def probe(self, key: str, now_ms: int, until_ms: int) -> bool:
        """Whether whoever asks is the one that tries, until then."""
        ...

    def clear(self, keys: Sequence[str]) -> None:
        """Forget them."""
        ...


class RestMirror(Protocol):
    """The same where it is read in no time. Raises RedisUnavailable."""

    def read(self, keys: Sequence[str]) -> dict[str, Rest] | None:
        """Those of these keys that rest; ``None`` where nothing is known, and ``fill`` is due."""
        ...

    def fill(self, rests: dict[str, Rest]) -> None:
        """Say of all at once."""
        ...

    def put(self, key: str, rest: Rest) -> None: ...

    def drop(self, keys: Sequence[str]) -> None: ...


class AlwaysWell:
    """Implements ``ModelHealth`` where nothing is remembered."""

    def rest_of(self, ref: ModelRef, profile: str = "") -> Rest | None:  # noqa: ARG002 - the port's
        return None

    def failed(self, ref: ModelRef, error: ProviderError, profile: str = "") -> None: ...

    def answered(self, ref: ModelRef, profile: str = "") -> None: ...
