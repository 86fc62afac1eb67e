"""What Signal and signal-cli allow, as numbers.

signal-cli sends a text of more than 2,000 bytes (``ServiceConfig.MAX_MESSAGE_SIZE_BYTES``) as an attachment that
people's apps show behind "Read more"; so a chunk may be longer than that. The apps read of such an attachment 64 KiB.
"""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

#: Where replies are cut. Characters.
MAX_CHUNK_CHARS = 4_000
#: What the apps read of a text. Bytes in UTF-8.
MAX_TEXT_BYTES = 64 * 1024
#: The largest file that the apps take. Bytes.
MAX_FILE_BYTES = 100 * 1024 * 1024
#: An event that is longer is no message; it is left out. Bytes.
MAX_EVENT_BYTES = 8 * 1024 * 1024
#: A typing note is worth no longer wait than this; it is shown for 15 seconds (``sendTyping``).
TYPING_TIMEOUT_SECONDS = 3.0
#: Between two attempts to store a message while the database is away. Seconds.
STORE_AGAIN_SECONDS = 1.0

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_CHARS,
    dialect="signal-styles",
    typing=True,
    # Messages can be changed, but ten times only, and each time people's apps say so: no way to show a reply grow.
    edits=False,
    reactions=True,
    media=True,
    max_media_bytes=MAX_FILE_BYTES,
    voice_notes=True,
    unknown_policy="hold",
)
