"""Credentials with model vendors that are stored, beside those of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from openclaw.ports.secrets import Secret

#: A key, or the tokens of a login, which are renewed.
Kind = Literal["api_key", "oauth"]


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """One credential, sealed."""

    provider: str
    name: str
    sealed: str
    created_at_ms: int
    kind: Kind = "api_key"
    #: Whether ``order`` has named it.
    placed: bool = False


class Sealer(Protocol):
    """Seals secrets with a key that is kept elsewhere. Raises ConfigError where it cannot be used."""

    def seal(self, secret: Secret) -> str: ...

    def open(self, sealed: str) -> Secret: ...


class AuthProfileStore(Protocol):
    """Raises StoreUnavailable."""

    def all(self) -> list[StoredProfile]:
        """Every one, by vendor: those that ``order`` named in its order, then the others as they came."""
        ...

    def put(self, profile: StoredProfile) -> bool:
        """Store one, behind those that are there, or in the place of the same name; whether it is a new one."""
        ...

    def remove(self, provider: str, name: str) -> bool:
        """Forget one; false where there is none."""
        ...

    def order(self, provider: str, names: Sequence[str]) -> None:
        """Try these first, in this order; the place of the others is nobody's wish any more."""
        ...
