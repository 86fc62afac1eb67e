"""Discord: the gateway's socket for what arrives, REST for what leaves."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; the HTTP client and discord.py are imported when they are needed."""
    from openclaw.channels.discord.manifest import DiscordPlugin

    registry.add_channel(DiscordPlugin(), source="openclaw.channels.discord")
