"""Update objects of the Bot API as envelopes.

Knows messages, channel posts, edits of both and presses of buttons (for reactions see ``reactions``); every other kind,
service messages and other bots' messages give nothing. Whatever has one of the known kinds must have its documented
shape, else Malformed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import integer, obj, string
from openclaw.channel_kit.shapes import text as text_of
from openclaw.channels.telegram.authors import PEER_KINDS, Author, author_of, person_as_author
from openclaw.channels.telegram.content import content_of, file_of
from openclaw.channels.telegram.limits import GENERAL_TOPIC
from openclaw.channels.telegram.mentions import Bot, is_mentioned, without_salutation
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, RemoteFile, ReplyRoute

_NOBODY = Bot()
_KINDS: dict[str, EventKind] = {
    "message": "message",
    "channel_post": "message",
    "edited_message": "edit",
    "edited_channel_post": "edit",
}
_PRESS = "callback_query"
#: How much of a quoted message the model is shown.
_QUOTE_CHARS = 500


def read_update(update: dict[str, Any], account: str, *, bot: Bot = _NOBODY) -> InboundEnvelope | None:
    """Turn one update into an envelope, or ``None`` when there is nothing to answer.

    ``bot`` is who it may speak to. Raises Malformed.
    """
    update_id = integer(update, "update_id")
    if _PRESS in update:
        return _press(obj(update, _PRESS), update_id, account)
    kind = next((name for name in _KINDS if name in update), None)
    if kind is None:
        return None
    message = obj(update, kind)
    chat = obj(message, "chat")
    chat_id = str(integer(chat, "id"))
    message_id = str(integer(message, "message_id"))
    peer_kind = PEER_KINDS.get(string(chat, "type"))
    author = author_of(message, chat)
    text = without_salutation(content_of(message), bot)
    if peer_kind is None or author.is_bot or not text:
        return None
    thread_id = _thread_id(message, chat)
    replied = _replied_to(message)
    return InboundEnvelope(
        channel="telegram",
        account=account,
        event_id=str(update_id),
        peer=Peer(peer_kind, chat_id),
        sender=author.sender,
        text=_with_quote(text, replied),
        route=ReplyRoute("telegram", account, chat_id, thread_id),
        thread_id=thread_id,
        message_id=message_id,
        mentioned=None if peer_kind == "direct" else is_mentioned(message, bot),
        event=_KINDS[kind],
        files=_files(message, replied),
        extra=_extra(message, chat, author, replied),
    )


def migration(update: dict[str, Any]) -> tuple[int, int] | None:
    """The old and the new id of a group that an update tells has become a supergroup. Raises Malformed."""
    message = update.get("message")
    if not isinstance(message, dict) or "migrate_to_chat_id" not in message:
        return None
    return integer(obj(message, "chat"), "id"), integer(message, "migrate_to_chat_id")


def pressed_button(update: dict[str, Any]) -> str:
    """The id of the press that an update tells of, which the platform wants acknowledged; else empty."""
    return text_of(obj(update, _PRESS), "id") if _PRESS in update else ""


def _press(press: dict[str, Any], update_id: int, account: str) -> InboundEnvelope | None:
    """A button below one of the bot's messages was pressed: whoever did it says what the button says."""
    says, message = text_of(press, "data"), press.get("message")
    if not says or not isinstance(message, dict):
        return None  # of a game, or below a message that is too old to be shown
    chat = obj(message, "chat")
    chat_id = str(integer(chat, "id"))
    peer_kind = PEER_KINDS.get(string(chat, "type"))
    author = person_as_author(obj(press, "from"))
    if peer_kind is None or author.is_bot:
        return None
    thread_id = _thread_id(message, chat)
    return InboundEnvelope(
        channel="telegram",
        account=account,
        event_id=str(update_id),
        peer=Peer(peer_kind, chat_id),
        sender=author.sender,
        text=says,
        route=ReplyRoute("telegram", account, chat_id, thread_id),
        thread_id=thread_id,
        message_id=str(integer(message, "message_id")),
        mentioned=None if peer_kind == "direct" else True,
    )


def _thread_id(message: dict[str, Any], chat: dict[str, Any]) -> str | None:
    """The forum topic. Outside of forums, ``message_thread_id`` is a mere chain of replies."""
    if message.get("is_topic_message") is True and "message_thread_id" in message:
        return str(integer(message, "message_thread_id"))
    return GENERAL_TOPIC if chat.get("is_forum") is True and chat.get("type") == "supergroup" else None


@dataclass(frozen=True, slots=True)
class _Replied:
    message_id: str
    name: str
    text: str
    #: What it brought, where a person wrote it: "what is this?" is asked below a picture.
    file: RemoteFile | None = None


def _replied_to(message: dict[str, Any]) -> _Replied | None:
    if "reply_to_message" not in message:
        return None
    original = obj(message, "reply_to_message")
    if "forum_topic_created" in original:
        # In a topic every message formally replies to the one that opened it.
        return None
    author = author_of(original, obj(original, "chat"))
    quote = obj(message, "quote") if "quote" in message else {}
    text = text_of(quote, "text") or content_of(original)
    file = None if author.is_bot else file_of(original)
    return _Replied(str(integer(original, "message_id")), author.sender.name, text[:_QUOTE_CHARS], file)


def _files(message: dict[str, Any], replied: _Replied | None) -> tuple[RemoteFile, ...]:
    return tuple(file for file in (file_of(message), replied.file if replied else None) if file is not None)


def _with_quote(text: str, replied: _Replied | None) -> str:
    # A command stays alone, else intake would not know it.
    if replied is None or not replied.text or text.startswith("/"):
        return text
    quoted = "\n".join(f"> {line}" for line in replied.text.splitlines())
    return f"{text}\n\n[In reply to {replied.name or 'a message'}]\n{quoted}"


def _extra(message: dict[str, Any], chat: dict[str, Any], author: Author, replied: _Replied | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "chat_title": text_of(chat, "title"),
        "sender_username": author.username,
        "media_group_id": text_of(message, "media_group_id"),
        "reply_to": replied.message_id if replied else "",
        "sent_at_ms": integer(message, "date") * 1000 if "date" in message else 0,
        "is_general_topic": _thread_id(message, chat) == GENERAL_TOPIC,
    }
    return {key: value for key, value in facts.items() if value}
