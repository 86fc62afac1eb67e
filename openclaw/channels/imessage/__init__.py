"""iMessage by imsg on a Mac: JSON-RPC with a child process, here or by ssh."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; what it needs is imported when the first account is opened."""
    from openclaw.channels.imessage.manifest import IMessagePlugin

    registry.add_channel(IMessagePlugin(), source="openclaw.channels.imessage")
