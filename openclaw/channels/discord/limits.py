"""What Discord's API allows, as numbers, after https://docs.discord.com/developers (API version 10)."""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities

#: The content of a message (resources/message, "Create Message"), rendered.
MAX_MESSAGE_CHARS = 2_000
#: Where replies are cut: below the limit, so that escapes, bullets and table padding fit.
MAX_CHUNK_CHARS = 1_900
#: A longer message fills the screen of a phone, and its end is what people see: OpenClaw's own rule, not Discord's.
MAX_LINES = 17
#: One file for everybody, whatever boosts a server has (reference, "Uploading Files").
MAX_FILE_BYTES = 10 * 1024 * 1024
#: A row of buttons, a button's label, and what its ``custom_id`` may hold (components/reference).
MAX_BUTTONS, MAX_LABEL_CHARS, MAX_SAYS_CHARS = 5, 80, 100
#: Commands of an application and their descriptions (interactions/application-commands).
MAX_COMMANDS, MAX_DESCRIPTION_CHARS = 100, 100
#: A typing note is worth no longer wait than this.
TYPING_TIMEOUT_SECONDS = 3.0

#: Where Discord keeps files that people send.
CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
#: The first second of 2015 in milliseconds since the epoch: where Discord's ids begin (reference, "Snowflakes").
DISCORD_EPOCH_MS = 1_420_070_400_000
#: Of a snowflake, the bits below its milliseconds; and its digits.
SNOWFLAKE_SHIFT, MAX_ID_DIGITS = 22, 20

#: Where an operator switches the privileged intent on.
INTENT_ADVICE = (
    "the Message Content Intent is off: switch it on at https://discord.com/developers/applications, Bot, Privileged "
    "Gateway Intents, or set message_content = false"
)

#: A nonce is known "in the past few minutes" (resources/message, enforce_nonce); two of them are surely few.
#: Milliseconds.
KNOWN_AGAIN_MS = 120_000

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_CHARS,
    # Discord does not say what it counts; these are never fewer than characters.
    text_unit="utf-16",
    max_text_lines=MAX_LINES,
    dialect="discord",
    typing=True,
    edits=True,
    reactions=True,
    buttons=True,
    media=True,
    max_media_bytes=MAX_FILE_BYTES,
    threads=True,
    command_menu=True,
    unknown_policy="hold",
    known_again_ms=KNOWN_AGAIN_MS,
    min_send_interval_ms=500,
    edit_interval_ms=1_200,
    min_block_chars=1_500,
)


def is_snowflake(value: str) -> bool:
    """Whether this is an id: a number of 64 bits as text."""
    return value.isascii() and value.isdecimal() and len(value) <= MAX_ID_DIGITS


def sent_at_ms(snowflake: str) -> int:
    """When the thing with this id was made, in milliseconds since the epoch; 0 for what is no id."""
    return (int(snowflake) >> SNOWFLAKE_SHIFT) + DISCORD_EPOCH_MS if is_snowflake(snowflake) else 0


def snowflake_at(milliseconds: int) -> int:
    """The smallest id of this moment."""
    return max(0, milliseconds - DISCORD_EPOCH_MS) << SNOWFLAKE_SHIFT
