"""WhatsApp: a business number over the Cloud API, or a person's own as a linked device."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; what an account needs is imported when the first one is opened."""
    from openclaw.channels.whatsapp.manifest import WhatsAppPlugin

    registry.add_channel(WhatsAppPlugin(), source="openclaw.channels.whatsapp")
