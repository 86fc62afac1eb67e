"""Who may connect, and as what: every way a ``connect`` can be refused. No sockets, no waiting.

A refusal is an answer and then a close; its texts and codes are the protocol's, clients act on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.scopes import Role
from openclaw.errors import InvalidRequest, OpenClawError, Unavailable
from web.secrets import matches_any
from web.services import AuthPolicy
from web.validation import problems
from web.ws.connect_params import ConnectParams
from web.ws.device import DeviceRefused, check_device
from web.ws.peer import Peer, origin_allowed

PROTOCOL = 4
#: Nodes and probes may speak the version before.
MIN_PROBE_PROTOCOL = 3
PROTOCOL_ERROR = 1002
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
STARTING_RETRY_SECONDS = 0.5

#: Clients that keep the scopes they ask for without a device, when they are local and know the secret.
_TRUSTED_WITHOUT_DEVICE = frozenset({("cli", "cli"), ("gateway-client", "backend")})
#: Clients that a person sits at: they must bring a device.
_DEVICE_REQUIRED = frozenset({"openclaw-tui", "openclaw-control-ui", "openclaw-browser-copilot"})
_BROWSER_CLIENTS = frozenset({"webchat", "webchat-ui", "openclaw-control-ui", "openclaw-browser-copilot"})

_schema = ConnectParams()


class NotPaired(OpenClawError):
    """The caller must prove a device identity."""

    fault = "caller"
    wire_code = "NOT_PAIRED"


class Refused(Exception):
    """The handshake fails with this answer and this close code."""

    def __init__(self, error: OpenClawError, close_code: int = POLICY_VIOLATION, *, hold_back: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.close_code = close_code
        #: The answer waits a little, against guessing.
        self.hold_back = hold_back


def starting(missing: Sequence[str]) -> Refused:
    """What a client is told before the gateway is ready: to come back in a moment."""
    details = {"reason": "startup-sidecars", "missing": list(missing)}
    error = Unavailable("gateway starting; retry shortly", details=details, retry_after_seconds=STARTING_RETRY_SECONDS)
    return Refused(error, TRY_AGAIN_LATER)


@dataclass(frozen=True, slots=True)
class Admission:
    """A client that may talk."""

    client: Mapping[str, str]
    role: Role
    scopes: tuple[str, ...]
    caps: frozenset[str]
    method: str
    device_id: str = ""


def admit(params: Any, *, peer: Peer, nonce: str, policy: AuthPolicy, now_ms: int) -> Admission:
    """Decide over a ``connect``. Raises Refused."""
    complaint = problems(_schema, params if params is not None else {})
    if complaint:
        raise Refused(InvalidRequest(f"invalid connect params: {complaint}"))
    role = _role(params)
    _check_protocol(params, role)
    _check_origin(params, peer, policy)
    device = params.get("device")
    if device is not None:
        _check_device(params, nonce, now_ms)
    method = _check_secret(params, policy)
    if device is not None:
        if not (peer.is_local or policy.secret_suffices_remotely or method == "none"):
            raise Refused(NotPaired("pairing required", details={"code": "PAIRING_REQUIRED"}))
        scopes = tuple(params.get("scopes") or ())
    else:
        scopes = _scopes_without_device(params, role, peer, policy)
    return Admission(
        client=params["client"],
        role=role,
        scopes=scopes if role is Role.OPERATOR else (),
        caps=frozenset(params.get("caps") or ()),
        method=method,
        device_id=device["id"] if device is not None else "",
    )


def _role(params: Mapping[str, Any]) -> Role:
    try:
        return Role(params.get("role") or Role.OPERATOR)
    except ValueError:
        raise Refused(InvalidRequest("invalid role")) from None


def _check_protocol(params: Mapping[str, Any], role: Role) -> None:
    lowest, highest = params["minProtocol"], params["maxProtocol"]
    old_enough = role is Role.NODE or params["client"]["mode"] == "probe"
    if lowest <= PROTOCOL and highest >= (MIN_PROBE_PROTOCOL if old_enough else PROTOCOL):
        return
    details = {
        "code": "PROTOCOL_MISMATCH",
        "clientMinProtocol": lowest,
        "clientMaxProtocol": highest,
        "expectedProtocol": PROTOCOL,
        "minimumProbeProtocol": MIN_PROBE_PROTOCOL,
    }
    raise Refused(InvalidRequest("protocol mismatch", details=details), PROTOCOL_ERROR)


def _check_origin(params: Mapping[str, Any], peer: Peer, policy: AuthPolicy) -> None:
    if not peer.origin and params["client"]["id"] not in _BROWSER_CLIENTS:
        return
    if not peer.origin or not origin_allowed(peer, policy):
        message = "origin not allowed (open the console from the gateway's host or add it to gateway.allowed_origins)"
        raise Refused(InvalidRequest(message, details={"code": "CONTROL_UI_ORIGIN_NOT_ALLOWED"}))


def _check_device(params: Mapping[str, Any], nonce: str, now_ms: int) -> None:
    try:
        check_device(params, nonce, now_ms)
    except DeviceRefused as error:
        raise Refused(error) from error


def _check_secret(params: Mapping[str, Any], policy: AuthPolicy) -> str:
    """How the caller proved that it may connect."""
    if policy.mode == "none":
        return "none"
    kind = policy.mode
    if not policy.secrets:
        code = f"AUTH_{kind.upper()}_NOT_CONFIGURED"
        raise Refused(_unauthorized(f"gateway {kind} not configured on gateway", code, f"{kind}_missing_config"))
    auth = params.get("auth") or {}
    given = auth.get("token") or auth.get("password")
    if given:
        if matches_any(given, policy.secrets):
            return kind
        error = _unauthorized(
            f"gateway {kind} mismatch (provide gateway auth {kind})",
            f"AUTH_{kind.upper()}_MISMATCH",
            f"{kind}_mismatch",
        )
        raise Refused(error, hold_back=True)
    if auth.get("deviceToken"):
        error = _unauthorized("device token mismatch", "AUTH_DEVICE_TOKEN_MISMATCH", "device_token_mismatch")
        raise Refused(error, hold_back=True)
    if auth.get("bootstrapToken"):
        error = _unauthorized("bootstrap token invalid", "AUTH_BOOTSTRAP_TOKEN_INVALID", "bootstrap_token_invalid")
        raise Refused(error, hold_back=True)
    if params.get("device") is None:
        raise Refused(NotPaired("device identity required", details={"code": "DEVICE_IDENTITY_REQUIRED"}))
    message = f"gateway {kind} missing (provide gateway auth {kind})"
    raise Refused(_unauthorized(message, f"AUTH_{kind.upper()}_MISSING", f"{kind}_missing"))


def _unauthorized(message: str, code: str, reason: str) -> InvalidRequest:
    details = {
        "code": code,
        "authReason": reason,
        "canRetryWithDeviceToken": False,
        "recommendedNextStep": "update_auth_credentials",
    }
    return InvalidRequest(f"unauthorized: {message}", details=details)


def _scopes_without_device(params: Mapping[str, Any], role: Role, peer: Peer, policy: AuthPolicy) -> tuple[str, ...]:
    client = params["client"]
    if role is Role.NODE:
        raise Refused(NotPaired("device identity required", details={"code": "DEVICE_IDENTITY_REQUIRED"}))
    if client["id"] in _DEVICE_REQUIRED:
        message = "this client must identify its device"
        raise Refused(InvalidRequest(message, details={"code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"}))
    trusted = (client["id"], client["mode"]) in _TRUSTED_WITHOUT_DEVICE
    if trusted and (peer.is_local or policy.secret_suffices_remotely):
        return tuple(params.get("scopes") or ())
    return ()
