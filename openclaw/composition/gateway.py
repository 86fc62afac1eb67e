"""What the gateway's web server must know before the gateway is built."""

from __future__ import annotations

from openclaw.composition.settings import process_settings


def gateway_bind() -> tuple[str, int]:
    """The address to listen on."""
    gateway = process_settings().gateway
    return gateway.host, gateway.port
