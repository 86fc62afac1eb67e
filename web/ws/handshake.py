"""Who may connect, and as what: every way a ``connect`` can be refused. Knows no sockets.

A refusal is an answer and then a close; its texts and codes are the protocol's, clients act on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.scopes import Role
from openclaw.errors import InvalidRequest, OpenClawError, Unavailable
from web.auth.device_desk import Applicant, DeviceDesk, Issued, NotPaired
from web.auth.peer import Peer, origin_allowed
from web.auth.proof import AuthFailed, Proof, Prover, given_in
from web.auth.signature import DeviceRefused, check_device
from web.services import AuthPolicy
from web.validation import problems
from web.ws.connect_params import ConnectParams

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
    #: Whom a proxy named.
    user: str = ""
    #: A token to hand out with hello.
    issued: Issued | None = None
    #: What a node says that it offers.
    surface: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Doorkeeper:
    """Decides over every ``connect`` of a gateway. Thread-safe."""

    prover: Prover
    desk: DeviceDesk

    def admit(self, params: Any, *, peer: Peer, nonce: str, now_ms: int) -> Admission:
        """Raises Refused."""
        policy = self.prover.policy()
        complaint = problems(_schema, params if params is not None else {})
        if complaint:
            raise Refused(InvalidRequest(f"invalid connect params: {complaint}"))
        role = _role(params)
        _check_protocol(params, role)
        _check_origin(params, peer, policy)
        device = params.get("device")
        if device is not None:
            _check_device(params, nonce, now_ms)
        proof = self._prove(params, peer)
        issued = self._pair(params, role, proof, peer) if device is not None else None
        scopes = tuple(params.get("scopes") or ()) if device is not None else _without_device(params, role, proof, peer)
        return Admission(
            client=params["client"],
            role=role,
            scopes=scopes if role is Role.OPERATOR else (),
            caps=frozenset(params.get("caps") or ()),
            method=proof.method,
            device_id=device["id"] if device is not None else "",
            user=proof.user,
            issued=issued,
            surface=_surface(params) if role is Role.NODE else {},
        )

    def _prove(self, params: Mapping[str, Any], peer: Peer) -> Proof:
        device = params.get("device")
        given = given_in(params.get("auth"), device["id"] if device is not None else "")
        try:
            return self.prover.prove(given, peer)
        except AuthFailed as failed:
            nothing = not (given.secret or given.device_token or given.bootstrap_token)
            if nothing and device is None and (failed.details or {})["code"].endswith("_MISSING"):
                # Whoever shows nothing at all is told to come with a device first.
                required = NotPaired("device identity required", details={"code": "DEVICE_IDENTITY_REQUIRED"})
                raise Refused(required) from failed
            raise Refused(failed, hold_back=failed.counts) from failed
        except OpenClawError as error:
            raise Refused(error) from error

    def _pair(self, params: Mapping[str, Any], role: Role, proof: Proof, peer: Peer) -> Issued | None:
        applicant = Applicant(
            device_id=params["device"]["id"],
            public_key=params["device"]["publicKey"],
            role=role,
            scopes=tuple(params.get("scopes") or ()) if role is Role.OPERATOR else (),
            client=dict(params["client"]),
            surface=_surface(params) if role is Role.NODE else {},
        )
        try:
            return self.desk.admit(applicant, proof, peer)
        except OpenClawError as error:
            raise Refused(error) from error


def _surface(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a node offers."""
    return {
        "caps": sorted(set(params.get("caps") or ())),
        "commands": sorted(set(params.get("commands") or ())),
        "permissions": params.get("permissions") or {},
        "pathEnv": params.get("pathEnv") or "",
    }


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


def _without_device(params: Mapping[str, Any], role: Role, proof: Proof, peer: Peer) -> tuple[str, ...]:
    """The scopes of a client that brings no device."""
    client = params["client"]
    if role is Role.NODE:
        raise Refused(NotPaired("device identity required", details={"code": "DEVICE_IDENTITY_REQUIRED"}))
    if client["id"] in _DEVICE_REQUIRED and not proof.vouched:
        message = "this client must identify its device"
        raise Refused(InvalidRequest(message, details={"code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"}))
    trusted = (client["id"], client["mode"]) in _TRUSTED_WITHOUT_DEVICE
    if proof.vouched or (trusted and peer.is_local):
        return tuple(params.get("scopes") or ())
    return ()
