"""Devices: what they must be asked for, what a setup code gives, and who may decide over whom. No I/O.

A device proves itself by its key. What it may be is a role and, for operators, a ceiling of scopes; a person or a setup
code gives both once, and they never grow by themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openclaw.domain.scopes import Role, Scope, within

#: A request that nobody decides over is forgotten (OpenClaw's constant).
REQUEST_TTL_MS = 5 * 60 * 1000
#: A setup code is for whoever holds it: it lives shortly and pairs one device.
SETUP_TTL_MS = 10 * 60 * 1000
#: Tokens of one device and role that hold at a time: the oldest gives way.
TOKENS_PER_ROLE = 4

EVERY_SCOPE: tuple[str, ...] = (
    *(Scope.READ, Scope.WRITE, Scope.ADMIN, Scope.APPROVALS, Scope.QUESTIONS, Scope.PAIRING, Scope.TALK),
)


class Access(StrEnum):
    """What a setup code makes of the device that brings it."""

    FULL = "full"
    LIMITED = "limited"
    NODE = "node"


ACCESS_SCOPES: dict[Access, tuple[str, ...]] = {
    Access.FULL: EVERY_SCOPE,
    Access.LIMITED: (Scope.READ, Scope.WRITE, Scope.TALK),
    Access.NODE: (),
}


def access_role(access: Access) -> Role:
    return Role.NODE if access is Access.NODE else Role.OPERATOR


class Need(StrEnum):
    """Why a device must be approved, in the protocol's words."""

    NOTHING = ""
    PAIRING = "not-paired"
    ROLE = "role-upgrade"
    SCOPES = "scope-upgrade"


@dataclass(frozen=True, slots=True)
class Device:
    """A paired device. ``client`` is what it last said of itself. Times in milliseconds since the epoch."""

    device_id: str
    public_key: str
    roles: tuple[str, ...]
    #: The ceiling for its operator connections.
    scopes: tuple[str, ...]
    label: str = ""
    client: dict[str, Any] = field(default_factory=dict)
    remote_ip: str = ""
    browser_origin: str = ""
    approved_via: str = ""
    created_at_ms: int = 0
    approved_at_ms: int = 0
    last_seen_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PairRequest:
    """A device that waits for a decision. ``surface`` is what a node offers."""

    request_id: str
    device_id: str
    public_key: str
    role: str
    scopes: tuple[str, ...]
    client: dict[str, Any] = field(default_factory=dict)
    surface: dict[str, Any] = field(default_factory=dict)
    remote_ip: str = ""
    browser_origin: str = ""
    #: The device is paired already and asks for more.
    is_repair: bool = False
    created_at_ms: int = 0
    expires_at_ms: int = 0


def need_of(device: Device | None, role: Role, scopes: Collection[str]) -> Need:
    """What a connecting device must first be given."""
    if device is None:
        return Need.PAIRING
    if role.value not in device.roles:
        return Need.ROLE
    if role is Role.OPERATOR and not within(device.scopes, scopes):
        return Need.SCOPES
    return Need.NOTHING


def may_grant(granter: Collection[str], role: str, scopes: Collection[str]) -> bool:
    """Whether a caller with these scopes may give a device that much: nobody gives what he has not got.

    A node has no scopes; making one takes an admin, since agents will run commands on it.
    """
    if role == Role.NODE:
        return within(granter, (Scope.ADMIN,))
    return within(granter, scopes)


def may_manage(own_device_id: str, scopes: Collection[str], device_id: str) -> bool:
    """Whether a caller may change what another device has: its own always, others' with admin."""
    return within(scopes, (Scope.ADMIN,)) or (bool(own_device_id) and own_device_id == device_id)
