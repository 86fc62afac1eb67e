"""Devices that clients and nodes prove to be: pairing requests, approvals, tokens, setup codes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class DeviceRow(Base):
    """A paired device. ``scopes`` is the ceiling of what its operator connections may ask for."""

    __tablename__ = "devices"

    #: Hex SHA-256 of the public key.
    device_id: Mapped[str] = mapped_column(primary_key=True)
    #: Base64url without padding.
    public_key: Mapped[str]
    #: A name an operator gave it; empty for none.
    label: Mapped[str] = mapped_column(default="")
    #: What the client said of itself when it last connected.
    client: Mapped[dict[str, Any]]
    remote_ip: Mapped[str] = mapped_column(default="")
    browser_origin: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]]
    scopes: Mapped[list[str]]
    #: ``silent``, ``setup-code``, or the device or client that approved it.
    approved_via: Mapped[str]
    created_at_ms: Mapped[int]
    approved_at_ms: Mapped[int]
    last_seen_at_ms: Mapped[int]

    __table_args__ = (Index("ix_devices_approved", "approved_at_ms"),)


class DeviceTokenRow(Base):
    """A token of a device for one role. Only its SHA-256 is kept."""

    __tablename__ = "device_tokens"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.device_id", ondelete="CASCADE"))
    role: Mapped[str]
    scopes: Mapped[list[str]]
    created_at_ms: Mapped[int]
    rotated_at_ms: Mapped[int | None]
    revoked_at_ms: Mapped[int | None]
    last_used_at_ms: Mapped[int | None]

    __table_args__ = (Index("ix_device_tokens_device", "device_id", "role"),)


class PairRequestRow(Base):
    """A device that waits for an operator's decision: unknown, or asking for more than it was given."""

    __tablename__ = "pair_requests"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    #: One open request per device: a later one takes the place of the earlier.
    device_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    client: Mapped[dict[str, Any]]
    #: What a node offers: caps, commands, permissions; empty for operators.
    surface: Mapped[dict[str, Any]]
    remote_ip: Mapped[str] = mapped_column(default="")
    browser_origin: Mapped[str] = mapped_column(default="")
    is_repair: Mapped[bool]
    created_at_ms: Mapped[int]
    expires_at_ms: Mapped[int]

    __table_args__ = (Index("ix_pair_requests_expires", "expires_at_ms"),)


class SetupCodeRow(Base):
    """A bootstrap token that pairs one device without a further question. Only its SHA-256 is kept."""

    __tablename__ = "setup_codes"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    setup_id: Mapped[str] = mapped_column(unique=True)
    #: ``full``, ``limited`` or ``node``.
    access: Mapped[str]
    device_id: Mapped[str | None]
    created_at_ms: Mapped[int]
    expires_at_ms: Mapped[int]
    used_at_ms: Mapped[int | None]
