"""What the gateway's web server must know before the gateway is built."""

from __future__ import annotations

from openclaw.composition.settings import adopt_edits, process_settings
from openclaw.settings.environment import read_environment


def gateway_bind() -> tuple[str, int]:
    """The address to listen on."""
    adopt_edits(read_environment())
    gateway = process_settings().gateway
    return gateway.host, gateway.port
