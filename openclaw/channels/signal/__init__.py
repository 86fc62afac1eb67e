"""Signal by a signal-cli daemon: JSON-RPC over HTTP out, server-sent events in."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; what it needs is imported when the first account is opened."""
    from openclaw.channels.signal.manifest import SignalPlugin

    registry.add_channel(SignalPlugin(), source="openclaw.channels.signal")
