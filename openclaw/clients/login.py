"""How a client proves itself to a gateway: which credential it shows first, and which next when that was refused.

On the gateway's own machine the shared secret is enough. Elsewhere the client is a device: it shows the token that the
gateway gave it, else the shared secret or a setup code, and keeps the token that it gets for the next time. The token
comes first, so that it goes on when the secret has been changed, and no wrong one counts as an attempt to guess it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openclaw.clients.device_identity import DeviceIdentity, load_or_create
from openclaw.clients.device_tokens import DeviceTokens, StoredToken
from openclaw.domain.pairing import EVERY_SCOPE
from openclaw.domain.scopes import Role, within
from openclaw.ports.secrets import Secret

#: Codes of refusals after which another credential may do.
_TOKEN_VOID = "AUTH_DEVICE_TOKEN_MISMATCH"  # noqa: S105 - a code of the protocol
_TOKEN_TOO_SMALL = "AUTH_SCOPE_MISMATCH"  # noqa: S105 - likewise
_DEVICE_NEEDED = frozenset({"DEVICE_IDENTITY_REQUIRED"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client has. ``folder`` holds its key and its tokens."""

    url: str
    folder: Path
    secret: Secret | None = None
    #: Out of a setup code, for the first connection.
    bootstrap_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ``connect``: what to show, what to ask for, and the key to sign with, if any."""

    auth: dict[str, str] = field(repr=False)
    scopes: tuple[str, ...]
    identity: DeviceIdentity | None = None


class Login:
    """One login: ``first``, then ``after`` each refusal, ``granted`` at the end."""

    def __init__(
        self, credentials: Credentials, *, scopes: Sequence[str], role: Role = Role.OPERATOR, as_device: bool
    ) -> None:
        self._credentials = credentials
        self._wanted = tuple(scopes)
        self._role = role
        self._as_device = as_device
        self._tokens = DeviceTokens(credentials.folder / "tokens.json")
        self._stored: StoredToken | None = None
        self._left: Iterator[Attempt] = iter(())

    def first(self) -> Attempt:
        if self._as_device:
            return self._first_as_device()
        return Attempt(self._secret_auth(), self._wanted)

    def after(self, details: Mapping[str, Any]) -> Attempt | None:
        """What to try after a refusal with these details; ``None`` when nothing else can help."""
        code = details.get("code")
        if not self._as_device:
            return self._first_as_device() if code in _DEVICE_NEEDED else None
        if code == _TOKEN_VOID:
            self._tokens.forget(self._credentials.url, self._role.value)
        return next(self._left, None) if code in {_TOKEN_VOID, _TOKEN_TOO_SMALL} else None

    def granted(self, attempt: Attempt, hello: Mapping[str, Any]) -> Attempt | None:
        """Keep the token that came with hello. Another attempt when the gateway let us in with too little."""
        auth = hello.get("auth")
        if not isinstance(auth, dict):
            return None
        scopes = tuple(auth.get("scopes") or ())
        if attempt.identity is not None and auth.get("deviceToken"):
            token = StoredToken(
                attempt.identity.device_id, str(auth["deviceToken"]), scopes, int(auth.get("issuedAtMs") or 0)
            )
            self._tokens.keep(self._credentials.url, self._role.value, token)
        if self._as_device or within(scopes, self._wanted):
            return None
        # The secret alone gives nothing to a caller who does not come from the gateway's own machine.
        return self._first_as_device()

    def _first_as_device(self) -> Attempt:
        self._as_device = True
        identity = load_or_create(self._credentials.folder / "device.key")
        self._stored = self._tokens.get(self._credentials.url, self._role.value, identity.device_id)
        self._left = self._attempts(identity)
        return next(self._left)

    def _attempts(self, identity: DeviceIdentity) -> Iterator[Attempt]:
        stored, credentials = self._stored, self._credentials
        bootstrap, secret = credentials.bootstrap_token, credentials.secret
        covers = stored is not None and (self._role is not Role.OPERATOR or within(stored.scopes, self._wanted))
        if bootstrap is not None:
            yield Attempt({"bootstrapToken": bootstrap.reveal()}, self._wanted, identity)
        elif stored is not None and (covers or secret is None):
            # One that is too small, and no way to ask for more: the gateway says so.
            yield Attempt({"deviceToken": stored.token}, self._wanted, identity)
        if secret is not None or (stored is None and bootstrap is None):
            # Without any credential it is for a proxy to say who calls.
            yield Attempt(self._secret_auth(), self._ceiling(), identity)

    def _ceiling(self) -> tuple[str, ...]:
        """What to be approved for: everything at the first time, later no more than what is missing."""
        if self._role is not Role.OPERATOR:
            return ()
        if self._stored is None:
            return EVERY_SCOPE
        return tuple(dict.fromkeys((*self._stored.scopes, *self._wanted)))

    def _secret_auth(self) -> dict[str, str]:
        secret = self._credentials.secret
        return {"token": secret.reveal()} if secret is not None else {}
