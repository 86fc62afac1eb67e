"""IRC over a socket of its own."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; its parts are imported when the first account is opened."""
    from openclaw.channels.irc.manifest import IrcPlugin

    registry.add_channel(IrcPlugin(), source="openclaw.channels.irc")
