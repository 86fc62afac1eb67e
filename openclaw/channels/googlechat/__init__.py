"""Google Chat by the webhook and the REST API of its apps."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; the HTTP client and google-auth are imported when the first account is opened."""
    from openclaw.channels.googlechat.manifest import GoogleChatPlugin

    registry.add_channel(GoogleChatPlugin(), source="openclaw.channels.googlechat")
