"""Telegram over the Bot API."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; the HTTP client is imported when the first account is opened."""
    from openclaw.channels.telegram.manifest import TelegramPlugin

    registry.add_channel(TelegramPlugin(), source="openclaw.channels.telegram")
