"""What the Bot API allows, as numbers. Its vendor calls none of them a contract.

Telegram counts UTF-16 code units of the text that is left once the markup is parsed.
"""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities, SendRate

#: What Telegram takes, in UTF-16 code units.
MAX_MESSAGE_UNITS = 4096
#: Where replies are cut: below the limit, so that bullets and table padding fit.
MAX_CHUNK_UNITS = 4000
#: A typing note is worth no longer wait than this.
TYPING_TIMEOUT_SECONDS = 3.0
#: The id of a forum's General topic: sendMessage refuses it, sendChatAction shows nothing without it.
GENERAL_TOPIC = "1"

#: https://core.telegram.org/bots/faq, "My bot is hitting limits": about 30 messages a second, one a second to the same
#: chat, 20 a minute to the same group. The ids of groups are negative; channels have a name.
SEND_RATES = (
    SendRate(30, 1_000),
    SendRate(1, 1_000, per_conversation=True),
    SendRate(20, 60_000, per_conversation=True, targets=r"-\d+|@.+"),
)
#: What the Bot API's server takes of a bot, and what it gives to one, in bytes: sendDocument, getFile.
MAX_UPLOAD_BYTES, MAX_DOWNLOAD_BYTES = 50 * 1024 * 1024, 20 * 1024 * 1024

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_UNITS,
    text_unit="utf-16",
    dialect="telegram-html",
    typing=True,
    edits=True,
    reactions=True,
    buttons=True,
    threads=True,
    media=True,
    max_media_bytes=MAX_UPLOAD_BYTES,
    voice_notes=True,
    command_menu=True,
    unknown_policy="hold",
    send_rates=SEND_RATES,
)


def utf16_units(text: str) -> int:
    """The length of ``text`` as Telegram counts it."""
    return len(text) + sum(1 for char in text if char > "\uffff")


#: Text below a file, in UTF-16 units, and the largest picture that is shown as one, in bytes: Telegram's.
MAX_CAPTION_UNITS, MAX_PHOTO_BYTES = 1_024, 10 * 1024 * 1024
#: What Telegram shows as a voice note, as music and as a picture; everything else is a document.
VOICE_KINDS = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4"})
AUDIO_KINDS = frozenset({"audio/mpeg", "audio/mp4"})
PHOTO_KINDS = frozenset({"image/jpeg", "image/png", "image/webp"})

#: The longest poll, and how many updates one brings at most (the Bot API's limit). Seconds, updates.
MAX_POLL_SECONDS, POLL_BATCH = 25, 100
#: What an answer may take beyond the time that the server waits for updates, in seconds.
POLL_MARGIN_SECONDS = 2.0
#: The kinds of updates that are read; Telegram sends no others then. Reactions it sends only when they are named.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "message_reaction",
)
