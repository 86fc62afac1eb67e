"""A channel without a network: messages come from HTTP posts, replies stay in memory."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel."""
    from openclaw.channels.loopback.manifest import LoopbackPlugin

    registry.add_channel(LoopbackPlugin(), source="openclaw.channels.loopback")
