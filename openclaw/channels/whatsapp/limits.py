"""What WhatsApp allows, as numbers, after Meta's pages on messages, media and throughput of the Cloud API.

Meta says "characters" without saying which. UTF-16 units are never fewer than characters, so they are the safe count.
"""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

#: The longest text message, and where replies are cut: below it, so that markup fits.
MAX_TEXT_UNITS, MAX_CHUNK_UNITS = 4_096, 4_000
#: The longest text below a file, and the longest above buttons.
MAX_CAPTION_UNITS, MAX_BODY_UNITS = 1_024, 1_024
#: Buttons of one message, the characters of a label, and of what a button says (its id).
MAX_BUTTONS, MAX_LABEL_CHARS, MAX_SAYS_CHARS = 3, 20, 256
#: Commands in the menu, and the characters of a name and a description.
MAX_COMMANDS, MAX_COMMAND_CHARS, MAX_COMMAND_HINT_CHARS = 30, 32, 256
#: The largest files, in bytes, by what they are sent as.
MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_AUDIO_BYTES = MAX_VIDEO_BYTES = 16 * 1024 * 1024
MAX_DOCUMENT_BYTES = 100 * 1024 * 1024
#: A typing note is worth no longer wait than this.
TYPING_TIMEOUT_SECONDS = 3.0

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_UNITS,
    text_unit="utf-16",
    dialect="whatsapp",
    typing=True,
    reactions=True,
    buttons=True,
    media=True,
    max_media_bytes=MAX_DOCUMENT_BYTES,
    voice_notes=True,
    command_menu=True,
    unknown_policy="hold",
    # 20 messages a second: what a number that is also in the Business app may send. Others may send 80.
    min_send_interval_ms=50,
)


def utf16_units(text: str) -> int:
    """The length of ``text`` in UTF-16 code units."""
    return len(text) + sum(1 for char in text if char > "\uffff")
