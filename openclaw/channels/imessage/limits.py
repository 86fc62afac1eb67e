"""What Messages and imsg allow, as numbers. Apple names no limit of a text; imsg none either."""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

#: Where replies are cut, and what we ask Messages to send at the most: it takes the text as part of a script.
MAX_CHUNK_CHARS, MAX_TEXT_CHARS = 4_000, 20_000
#: The largest file that iMessage takes. Bytes.
MAX_FILE_BYTES = 100 * 1024 * 1024
#: A line of imsg's that is longer is no message; it is left out. Bytes.
MAX_LINE_BYTES = 8 * 1024 * 1024
#: How long answers may take, in seconds: of a question; of a message, whose row imsg awaits for eight; of a file.
ASK_SECONDS, SEND_SECONDS, FILE_SECONDS = 20.0, 60.0, 180.0
#: A typing note is worth no longer wait than this. Seconds.
TYPING_SECONDS = 3.0
#: How often imsg is asked whether it is there while nobody writes. Seconds.
PING_SECONDS = 60.0
#: Between two attempts to store a message while the database is away. Seconds.
STORE_AGAIN_SECONDS = 1.0

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_CHARS,
    dialect="plain",
    # Both where imsg's bridge runs in Messages.
    typing=True,
    reactions=True,
    media=True,
    max_media_bytes=MAX_FILE_BYTES,
    unknown_policy="hold",
)
