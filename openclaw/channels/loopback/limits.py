"""The loopback channel's limits: those of a usual chat platform."""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

MAX_TEXT_CHARS = 4000

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_TEXT_CHARS,
    dialect="markdown",
    typing=True,
    edits=True,
    reactions=True,
    edit_interval_ms=200,
    threads=True,
    media=True,
    voice_notes=True,
)
