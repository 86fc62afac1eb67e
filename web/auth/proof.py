"""Proving to be somebody: the shared secret, a device's token, a setup code, or a proxy that vouches.

Every comparison takes constant time, every failure is counted, and whoever fails too often is not looked at any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.errors import InvalidRequest, OpenClawError
from openclaw.ports.auth_limiter import AuthLimiter
from openclaw.ports.clock import Clock
from openclaw.ports.devices import DeviceStore, DeviceToken, SetupCode, token_hash
from openclaw.ports.secrets import Secret
from web.auth.peer import TAILSCALE_LOGIN, Peer, is_loopback
from web.auth.secrets import matches_any
from web.services import AuthPolicy

#: Asks the tailnet whose address this is: the login name, ``None`` when it is nobody's or cannot be asked.
Whois = Callable[[str], str | None]

#: What is counted apart: guessing at one must not lock out those who use another.
SHARED_SECRET, DEVICE_TOKEN, BOOTSTRAP, PROXY_USER = "shared-secret", "device-token", "bootstrap", "proxy-user"
HOOK_AUTH = "hook-auth"


class AuthFailed(InvalidRequest):
    """Nobody was proved. ``counts`` for a wrong proof, as against none."""

    def __init__(self, message: str, code: str, reason: str, *, counts: bool = False, next_step: str = "") -> None:
        super().__init__(
            f"unauthorized: {message}",
            details={
                "code": code,
                "authReason": reason,
                "canRetryWithDeviceToken": False,
                "recommendedNextStep": next_step or "update_auth_credentials",
            },
        )
        self.counts = counts


class TooManyFailures(OpenClawError):
    """The address is locked out for a while."""

    retryable = True
    fault = "caller"
    wire_code = "INVALID_REQUEST"


@dataclass(frozen=True, slots=True)
class Given:
    """What a caller shows. ``device_id`` is that of a device whose key has been proved, if any."""

    secret: str = ""
    device_token: str = ""
    bootstrap_token: str = ""
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a caller was proved. ``user`` is whom a proxy named."""

    method: str
    user: str = ""
    token: DeviceToken | None = None
    setup: SetupCode | None = None
    #: Hash of the token or the code.
    hash: str = ""

    @property
    def vouched(self) -> bool:
        """A proxy vouches for a person: as good as being on this machine."""
        return self.method in {"trusted-proxy", "tailscale"}


@dataclass(slots=True)
class Prover:
    """Thread-safe."""

    policy: Callable[[], AuthPolicy]
    devices: DeviceStore
    limiter: AuthLimiter
    whois: Whois
    clock: Clock

    def prove(self, given: Given, peer: Peer) -> Proof:
        """Find out who is calling. Raises AuthFailed, TooManyFailures, StoreUnavailable."""
        policy = self.policy()
        if policy.mode == "none":
            return Proof("none")
        if policy.allow_tailscale and TAILSCALE_LOGIN in peer.named:
            return self._counted(PROXY_USER, peer, lambda: self._tailscale(peer))
        if policy.mode == "trusted-proxy" and not _own_proof(given, peer):
            return self._counted(PROXY_USER, peer, lambda: _proxy_user(peer, policy))
        if given.secret:
            return self._counted(SHARED_SECRET, peer, lambda: self._secret(given, policy))
        if given.device_token:
            return self._counted(DEVICE_TOKEN, peer, lambda: self._device_token(given))
        if given.bootstrap_token:
            return self._counted(BOOTSTRAP, peer, lambda: self._setup_code(given))
        raise _nothing_given(policy)

    def prove_bearer(self, bearer: str, peer: Peer) -> Proof:
        """The same for an HTTP call, whose bearer token is the secret or a device's token. Raises likewise."""
        policy = self.policy()
        if policy.mode == "none" or not bearer or matches_any(bearer, policy.secrets):
            return self.prove(Given(secret=bearer), peer)
        # Anything else is either a device's token or a wrong guess, and counted once.
        token = self.devices.token(token_hash(bearer))
        if token is None or token.revoked_at_ms is not None:
            return self.prove(Given(secret=bearer), peer)
        return self.prove(Given(device_token=bearer, device_id=token.device_id), peer)

    def prove_hook(self, given: str, token: Secret, peer: Peer) -> Proof:
        """Whether a caller knows the hooks' own token. Raises AuthFailed, TooManyFailures."""
        return self._counted(HOOK_AUTH, peer, lambda: _hook(given, token))

    def _counted(self, scope: str, peer: Peer, prove: Callable[[], Proof]) -> Proof:
        policy = self.policy()
        exempt = policy.exempt_loopback and peer.is_local
        if not exempt:
            _refuse_locked(self.limiter.locked_seconds(scope, peer.client))
        try:
            proof = prove()
        except AuthFailed as failed:
            if failed.counts and not exempt:
                _refuse_locked(self.limiter.failed(scope, peer.client, policy.limiter))
            raise
        if not exempt:
            self.limiter.succeeded(scope, peer.client)
        return proof

    def _secret(self, given: Given, policy: AuthPolicy) -> Proof:
        kind = policy.mode if policy.mode in {"token", "password"} else "token"
        if not policy.secrets:
            raise AuthFailed(
                f"gateway {kind} not configured on gateway",
                f"AUTH_{kind.upper()}_NOT_CONFIGURED",
                f"{kind}_missing_config",
            )
        if matches_any(given.secret, policy.secrets):
            return Proof(kind)
        failed = AuthFailed(
            f"gateway {kind} mismatch (provide gateway auth {kind})",
            f"AUTH_{kind.upper()}_MISMATCH",
            f"{kind}_mismatch",
            counts=True,
        )
        if given.device_id and self.devices.tokens([given.device_id]) and failed.details is not None:
            failed.details |= {"canRetryWithDeviceToken": True, "recommendedNextStep": "retry_with_device_token"}
        raise failed

    def _device_token(self, given: Given) -> Proof:
        hash_ = token_hash(given.device_token)
        token = self.devices.token(hash_)
        if token is None or token.revoked_at_ms is not None or token.device_id != given.device_id:
            reason = "token-missing" if token is None else "token-revoked" if token.revoked_at_ms else "token-mismatch"
            code = "AUTH_DEVICE_TOKEN_MISMATCH"
            raise AuthFailed(f"device token mismatch ({reason})", code, "device_token_mismatch", counts=True)
        return Proof("device-token", token=token, hash=hash_)

    def _setup_code(self, given: Given) -> Proof:
        hash_ = token_hash(given.bootstrap_token)
        code = self.devices.setup_code(hash_)
        if code is None or code.used_at_ms is not None or code.expires_at_ms <= self.clock():
            message = "bootstrap token invalid or used up; make a new setup code"
            raise AuthFailed(message, "AUTH_BOOTSTRAP_TOKEN_INVALID", "bootstrap_token_invalid", counts=True)
        return Proof("bootstrap", setup=code, hash=hash_)

    def _tailscale(self, peer: Peer) -> Proof:
        """Tailscale Serve runs on this machine and names the user; the tailnet itself is asked whether that is so."""
        login = peer.named[TAILSCALE_LOGIN]
        if not is_loopback(peer.address):
            message = "tailscale headers from elsewhere"
            raise AuthFailed(message, "AUTH_TAILSCALE_PROXY_MISSING", "tailscale_proxy_missing")
        source = peer.named.get("x-forwarded-for", "").split(",")[0].strip()
        owner = self.whois(source)
        if owner is None:
            message = "tailscale whois does not know the caller (is the tailscale command on the gateway's PATH?)"
            raise AuthFailed(message, "AUTH_TAILSCALE_WHOIS_FAILED", "tailscale_whois_failed", counts=True)
        if owner.lower() != login.lower():
            message = "tailscale names another user"
            raise AuthFailed(message, "AUTH_TAILSCALE_IDENTITY_MISMATCH", "tailscale_user_mismatch", counts=True)
        return Proof("tailscale", user=owner)


def _hook(given: str, token: Secret) -> Proof:
    if not matches_any(given, (token,)):
        raise AuthFailed(
            "hook token missing or wrong", "HOOK_TOKEN_MISMATCH", "hook_token_mismatch", counts=bool(given)
        )
    return Proof("hook")


def _own_proof(given: Given, peer: Peer) -> bool:
    """Whether a caller proves itself where a proxy usually does: devices do, and the secret counts on this machine."""
    return bool(given.device_token or given.bootstrap_token or (given.secret and peer.is_local))


def _refuse_locked(seconds: float) -> None:
    if seconds > 0:
        raise TooManyFailures(
            "unauthorized: too many failed authentication attempts (retry later)",
            details={"code": "AUTH_RATE_LIMITED", "authReason": "rate_limited"},
            retry_after_seconds=seconds,
        )


def _proxy_user(peer: Peer, policy: AuthPolicy) -> Proof:
    if not peer.trusted:
        raise _proxy_failed("the call does not come from a trusted proxy", "trusted_proxy_untrusted_source")
    for name in policy.required_headers:
        if name.lower() not in peer.named:
            raise _proxy_failed(f"the proxy does not send {name}", f"trusted_proxy_missing_header_{name.lower()}")
    user = peer.named.get(policy.user_header.lower(), "").strip()
    if not user:
        raise _proxy_failed(f"the proxy names no user in {policy.user_header}", "trusted_proxy_user_missing")
    if policy.allow_users and user not in policy.allow_users:
        raise _proxy_failed("this user is not allowed", "trusted_proxy_user_not_allowed", counts=True)
    return Proof("trusted-proxy", user=user)


def _proxy_failed(message: str, reason: str, *, counts: bool = False) -> AuthFailed:
    return AuthFailed(message, "AUTH_IDENTITY_HEADER_REQUIRED", reason, counts=counts, next_step="check_trusted_proxy")


def _nothing_given(policy: AuthPolicy) -> AuthFailed:
    kind = policy.mode
    if not policy.secrets:
        message = f"gateway {kind} not configured on gateway"
        return AuthFailed(message, f"AUTH_{kind.upper()}_NOT_CONFIGURED", f"{kind}_missing_config")
    message = f"gateway {kind} missing (provide gateway auth {kind})"
    return AuthFailed(message, f"AUTH_{kind.upper()}_MISSING", f"{kind}_missing")


def given_in(auth: dict[str, Any] | None, device_id: str) -> Given:
    """What the ``auth`` block of ``connect`` shows; either secret is taken in either field."""
    found = auth or {}
    return Given(
        secret=found.get("token") or found.get("password") or "",
        device_token=found.get("deviceToken") or "",
        bootstrap_token=found.get("bootstrapToken") or "",
        device_id=device_id,
    )
