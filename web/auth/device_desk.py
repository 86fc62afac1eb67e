"""What becomes of a device that connects: admitted, paired at once, or put before an operator.

A device whose key is proved gets no more than it was given before. It is paired without a question where whoever
brings it could do everything anyway: on this machine, by a proxy that vouches for its user, or with a setup code.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.domain.pairing import (
    ACCESS_SCOPES,
    REQUEST_TTL_MS,
    TOKENS_PER_ROLE,
    Device,
    Need,
    PairRequest,
    access_role,
    need_of,
)
from openclaw.domain.scopes import Role, within
from openclaw.errors import InvalidRequest, OpenClawError
from openclaw.ports.clock import Clock
from openclaw.ports.devices import DeviceStore, DeviceToken, new_token, scopes_of, token_hash
from web.auth.peer import Peer
from web.auth.proof import Proof

#: Tells every client of every gateway that may hear it.
TellCluster = Callable[[str, dict[str, Any]], None]

#: Ways of being paired in which no operator decides over the very device: they trust whoever brings it.
PAIRED_BY_ITSELF = frozenset({"silent", "setup-code"})

_REQUESTED = {
    Need.PAIRING: "pairing required: device is not approved yet",
    Need.ROLE: "pairing required: device is asking for a new role",
    Need.SCOPES: "pairing required: device is asking for more scopes than it has",
}


class NotPaired(OpenClawError):
    """The caller must be a device that an operator has approved."""

    fault = "caller"
    wire_code = "NOT_PAIRED"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token made for a device that has just connected; it is shown once."""

    token: str
    issued_at_ms: int


@dataclass(frozen=True, slots=True)
class Applicant:
    """A device that has proved its key, and what it asks for."""

    device_id: str
    public_key: str
    role: Role
    scopes: tuple[str, ...]
    client: dict[str, Any]
    #: What a node offers: caps, commands, permissions.
    surface: dict[str, Any]


@dataclass(slots=True)
class DeviceDesk:
    """Thread-safe."""

    store: DeviceStore
    clock: Clock
    tell: TellCluster

    def admit(self, applicant: Applicant, proof: Proof, peer: Peer) -> Issued | None:
        """Let a device in, with a token if it brought none. Raises NotPaired, InvalidRequest, StoreUnavailable."""
        now = self.clock()
        if proof.token is not None:
            self._check_token(applicant, proof.token)
            self.store.used(proof.hash, now)
            self.store.seen(applicant.device_id, applicant.client, peer.client, now)
            return None
        if proof.setup is not None:
            self._use_code(applicant, proof, peer, now)
        else:
            self._admit(applicant, proof, peer, now)
        self.store.seen(applicant.device_id, applicant.client, peer.client, now)
        return self._issue(applicant, now)

    def _check_token(self, applicant: Applicant, token: DeviceToken) -> None:
        if token.role != applicant.role.value:
            raise _mismatch("the token is for another role", "role-missing")
        if applicant.role is Role.OPERATOR and not within(token.scopes, applicant.scopes):
            raise _mismatch("the token does not cover the scopes asked for", "scope-mismatch")

    def _use_code(self, applicant: Applicant, proof: Proof, peer: Peer, now: int) -> None:
        code = proof.setup
        if code is None or access_role(code.access) is not applicant.role:
            raise _mismatch("the setup code is for another role", "role-missing")
        allowed = ACCESS_SCOPES[code.access]
        if applicant.role is Role.OPERATOR and not within(allowed, applicant.scopes):
            raise _mismatch("the setup code does not cover the scopes asked for", "scope-mismatch")
        if not self.store.use_setup_code(proof.hash, applicant.device_id, now):
            raise _mismatch("the setup code has been used", "bootstrap-used")
        self._pair(applicant, allowed, "setup-code", peer, now)
        done = {"setupId": code.setup_id, "deviceId": applicant.device_id, "access": code.access.value, "ts": now}
        name = applicant.client.get("displayName")
        self.tell("device.pair.setup.completed", {**done, **({"deviceName": name} if name else {})})

    def _admit(self, applicant: Applicant, proof: Proof, peer: Peer, now: int) -> None:
        device = self.store.device(applicant.device_id)
        need = need_of(device, applicant.role, applicant.scopes)
        if need is Need.NOTHING:
            return
        if peer.is_local or proof.vouched or proof.method == "none":
            self._pair(applicant, applicant.scopes, "silent", peer, now)
            return
        request = self._ask(applicant, need, peer, now)
        device = self.store.device(applicant.device_id)
        if need_of(device, applicant.role, applicant.scopes) is Need.NOTHING:
            # An operator approved it just before: what was asked once more is answered.
            self.store.close_request(request.request_id)
            return
        details = {
            "code": "PAIRING_REQUIRED",
            "reason": need.value,
            "requestId": request.request_id,
            "deviceId": applicant.device_id,
            "recommendedNextStep": "wait_for_approval",
        }
        raise NotPaired(_REQUESTED[need], details=details)

    def _pair(self, applicant: Applicant, scopes: tuple[str, ...], via: str, peer: Peer, now: int) -> None:
        device = Device(
            device_id=applicant.device_id,
            public_key=applicant.public_key,
            roles=(applicant.role.value,),
            scopes=scopes if applicant.role is Role.OPERATOR else (),
            client=applicant.client,
            remote_ip=peer.client,
            browser_origin=peer.origin,
        )
        self.store.pair(device, approved_via=via, now_ms=now)
        self.tell("device.pair.changed", {"deviceId": applicant.device_id, "reason": "paired", "ts": now})

    def _ask(self, applicant: Applicant, need: Need, peer: Peer, now: int) -> PairRequest:
        wanted = PairRequest(
            request_id=str(uuid.uuid4()),
            device_id=applicant.device_id,
            public_key=applicant.public_key,
            role=applicant.role.value,
            scopes=scopes_of(applicant.scopes),
            client=applicant.client,
            surface=applicant.surface,
            remote_ip=peer.client,
            browser_origin=peer.origin,
            is_repair=need is not Need.PAIRING,
            created_at_ms=now,
            expires_at_ms=now + REQUEST_TTL_MS,
        )
        filed = self.store.ask(wanted)
        if filed is wanted:
            self.tell("device.pair.requested", request_payload(filed))
        return filed

    def _issue(self, applicant: Applicant, now: int) -> Issued:
        token = new_token()
        facts = DeviceToken(applicant.device_id, applicant.role.value, scopes_of(applicant.scopes), now)
        self.store.add_token(token_hash(token), facts, keep=TOKENS_PER_ROLE)
        return Issued(token, now)


def _mismatch(message: str, reason: str) -> InvalidRequest:
    details = {"code": "AUTH_SCOPE_MISMATCH", "authReason": reason, "recommendedNextStep": "review_auth_configuration"}
    return InvalidRequest(f"unauthorized: {message}", details=details)


def request_payload(request: PairRequest) -> dict[str, Any]:
    """A request as clients see it."""
    client = request.client
    payload = {
        "requestId": request.request_id,
        "deviceId": request.device_id,
        "publicKey": request.public_key,
        "displayName": client.get("displayName"),
        "platform": client.get("platform"),
        "deviceFamily": client.get("deviceFamily"),
        "clientId": client.get("id"),
        "clientMode": client.get("mode"),
        "browserOrigin": request.browser_origin,
        "role": request.role,
        "roles": [request.role],
        "scopes": list(request.scopes),
        "remoteIp": request.remote_ip,
        "silent": False,
        "isRepair": request.is_repair,
        "ts": request.created_at_ms,
    }
    return {key: value for key, value in payload.items() if value not in (None, "")}
