"""Paired devices, their tokens, what waits for approval, and setup codes: the database's contract.

Tokens and codes are kept as hashes: whoever reads the database cannot connect with what is in it. Every method raises
StoreUnavailable when the database is away.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from openclaw.domain.pairing import Access, Device, PairRequest

#: Random bytes of a token: 43 characters in base64url.
_TOKEN_BYTES = 32


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """What a token is good for."""

    device_id: str
    role: str
    scopes: tuple[str, ...]
    created_at_ms: int
    rotated_at_ms: int | None = None
    revoked_at_ms: int | None = None
    last_used_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SetupCode:
    """A code that pairs one device."""

    setup_id: str
    access: Access
    created_at_ms: int
    expires_at_ms: int
    used_at_ms: int | None = None
    device_id: str | None = None


class DeviceStore(Protocol):
    # --- devices ----------------------------------------------------------------------------------------------
    def device(self, device_id: str) -> Device | None: ...

    def devices(self) -> list[Device]:
        """All of them, the newest approval first: there are as many as an operator team has machines."""
        ...

    def roles_of(self, device_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The roles of those devices that are still paired."""
        ...

    def pair(self, device: Device, *, approved_via: str, now_ms: int) -> Device:
        """Pair a device, or add roles and scopes to one that is; what it has now. Its open request is closed."""
        ...

    def seen(self, device_id: str, client: dict[str, Any], remote_ip: str, now_ms: int) -> None:
        """Note that it connected, and what it says of itself."""
        ...

    def rename(self, device_id: str, label: str) -> bool: ...

    def remove(self, device_id: str, role: str | None = None) -> bool:
        """Forget a device with its tokens, or take one role from it; false for an unknown one."""
        ...

    # --- tokens -----------------------------------------------------------------------------------------------
    def token(self, hash_: str) -> DeviceToken | None: ...

    def tokens(self, device_ids: Collection[str]) -> list[DeviceToken]:
        """The tokens that hold, the newest first."""
        ...

    def add_token(self, hash_: str, token: DeviceToken, *, keep: int) -> None:
        """Issue a token; of its device and role only the newest ``keep`` go on holding."""
        ...

    def rotate(self, hash_: str, token: DeviceToken) -> None:
        """Issue a token and revoke all others of its device and role."""
        ...

    def revoke(self, device_id: str, role: str, now_ms: int) -> bool:
        """Revoke all tokens of a device and role; false when none held."""
        ...

    def used(self, hash_: str, now_ms: int) -> None: ...

    # --- requests ---------------------------------------------------------------------------------------------
    def ask(self, request: PairRequest) -> PairRequest:
        """File a request. One for the same device that asks for the same is kept, with a new expiry; another goes."""
        ...

    def request(self, request_id: str, now_ms: int) -> PairRequest | None: ...

    def requests(self, now_ms: int) -> list[PairRequest]:
        """The open ones, the oldest first."""
        ...

    def close_request(self, request_id: str) -> bool:
        """Take a request off the list; false when somebody else has."""
        ...

    # --- setup codes ------------------------------------------------------------------------------------------
    def add_setup_code(self, hash_: str, code: SetupCode) -> None: ...

    def setup_code(self, hash_: str) -> SetupCode | None: ...

    def setup_by_id(self, setup_id: str) -> SetupCode | None: ...

    def use_setup_code(self, hash_: str, device_id: str, now_ms: int) -> bool:
        """Use a code up; false when it has been used or has expired."""
        ...


def scopes_of(found: Sequence[str]) -> tuple[str, ...]:
    """Scopes in one form: each once, in order."""
    return tuple(sorted(set(found)))
