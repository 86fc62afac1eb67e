"""What IRC allows, as numbers: RFC 2812 and the pages of https://ircv3.net/specs."""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

#: A whole line with its CR and LF as others get it, our own name in front included. Bytes (RFC 2812, 2.3).
MAX_LINE_BYTES = 512
#: What IRCv3 allows for tags in front of a line, on top. Bytes (message-tags: 8191 from a server).
MAX_TAG_BYTES = 8_191
#: A server that sends more without an end of line is none.
MAX_BUFFER_BYTES = 4 * (MAX_LINE_BYTES + MAX_TAG_BYTES)
#: The longest name of a user and of a host that servers show, for as long as we do not know ours. Bytes
#: (RFC 2812, 2.3.1 for the host; InspIRCd's and UnrealIRCd's default for the user).
USER_BYTES, HOST_BYTES = 11, 63
#: How much of SASL's base64 one line carries. Bytes (ircv3.net/specs/extensions/sasl-3.1).
SASL_CHUNK_BYTES = 400

#: Where replies are cut, in bytes and lines: a handful of lines, as a room's other members read along.
MAX_CHUNK_BYTES, MAX_CHUNK_LINES = 1_500, 8
#: What is refused as a flood. Bytes.
MAX_TEXT_BYTES = 2 * MAX_CHUNK_BYTES - 1

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_BYTES,
    text_unit="utf-8",
    max_text_lines=MAX_CHUNK_LINES,
    dialect="irc",
    unknown_policy="hold",
)

#: What is asked of the server, where it offers it.
WANTED = ("account-tag", "message-tags", "multi-prefix", "server-time")
#: The longest wait before a room that refused us is tried again. Seconds.
MAX_REJOIN_SECONDS = 600.0
#: How long a server may take from the first word to its welcome. Seconds.
WELCOME_SECONDS = 60.0
#: How many messages wait for a database that is away, how long, and how often they are tried. Messages, seconds.
MAX_WAITING, MAX_WAITING_SECONDS, STORE_AGAIN_SECONDS = 1_000, 120.0, 1.0
#: When the connection is given up: how long messages on their way may still take, and how long the leaving word may
#: take to be written. Seconds.
DRAIN_SECONDS, QUIT_SECONDS = 1.0, 0.5
