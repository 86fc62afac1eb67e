"""Replies, what becomes of them afterwards, and typing notes as Bot API calls."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from openclaw.channels.telegram.client import TelegramClient, UploadedFile
from openclaw.channels.telegram.limits import (
    AUDIO_KINDS,
    GENERAL_TOPIC,
    MAX_CAPTION_UNITS,
    MAX_MESSAGE_UNITS,
    MAX_PHOTO_BYTES,
    MAX_UPLOAD_BYTES,
    PHOTO_KINDS,
    TYPING_TIMEOUT_SECONDS,
    VOICE_KINDS,
    utf16_units,
)
from openclaw.channels.telegram.refusals import ChatMigrated, EntitiesRefused, MessageGone, NotModified
from openclaw.channels.telegram.render import render_html, visible_text
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import OutboundFile, SendReceipt

_log = logging.getLogger(__name__)


#: The most that a button may say, in bytes: Telegram's limit of ``callback_data``.
MAX_SAYS_BYTES = 64


def send_text(
    client: TelegramClient, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]] = ()
) -> SendReceipt:
    """Send one message, as HTML if Telegram can take it so, else as the plain text it was."""
    payload = _replying(route)
    row = [{"text": label, "callback_data": says} for label, says in buttons if len(says.encode()) <= MAX_SAYS_BYTES]
    if row:
        payload["reply_markup"] = {"inline_keyboard": [row]}
    return _post_text(client, payload, markdown, "sendMessage")


def edit_text(client: TelegramClient, route: ReplyRoute, message_id: str, markdown: str) -> None:
    """Put a text in place of a message's own; the same text again is no error. Raises a ChannelError class."""
    with suppress(NotModified):
        _post_text(client, _message(route, message_id), markdown, "editMessageText")


def delete_message(client: TelegramClient, route: ReplyRoute, message_id: str) -> None:
    """Take a message back; one that is gone is no error. Raises a ChannelError class."""
    with suppress(MessageGone):
        _call(client, "deleteMessage", _message(route, message_id))


def _post_text(client: TelegramClient, payload: dict[str, Any], markdown: str, method: str) -> SendReceipt:
    """As HTML if Telegram can take it so, else as the plain text it was."""
    html = render_html(markdown)
    visible = visible_text(html)
    if not visible.strip() or utf16_units(visible) > MAX_MESSAGE_UNITS:
        return _post(client, payload, {"text": markdown}, method)
    try:
        return _post(client, payload, {"text": html, "parse_mode": "HTML"}, method)
    except EntitiesRefused as error:
        _log.warning("a reply is sent as plain text: %s", error)
        return _post(client, payload, {"text": markdown}, method)


def set_reaction(client: TelegramClient, route: ReplyRoute, message_id: str, emoji: str) -> None:
    """Make this the bot's reaction to a message; none when it is empty. A bot has one. Raises a ChannelError class."""
    reaction = [{"type": "emoji", "emoji": _listed(emoji)}] if emoji else []
    _call(client, "setMessageReaction", _message(route, message_id) | {"reaction": reaction})


def _listed(emoji: str) -> str:
    """As ReactionTypeEmoji lists it: single characters come without the sign that they are pictures."""
    return emoji[0] if len(emoji) == len("x\ufe0f") and emoji.endswith("\ufe0f") else emoji


def send_file(client: TelegramClient, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
    """Send one file as what it is; words that are too long for a caption follow it as a message."""
    if len(file.content) > MAX_UPLOAD_BYTES:
        raise ChannelRejected(f"telegram: {file.name} has more than {MAX_UPLOAD_BYTES} bytes, which bots may not send")
    method, field = _as_what(file)
    caption = markdown if utf16_units(markdown) <= MAX_CAPTION_UNITS else ""
    content = {"caption": caption} if caption else {}
    sent = _post(client, _replying(route), content, method, {field: (file.name, file.content, file.mime)})
    return sent if caption == markdown else send_text(client, route, markdown)


def _as_what(file: OutboundFile) -> tuple[str, str]:
    if file.voice_note and file.mime in VOICE_KINDS:
        return "sendVoice", "voice"
    if file.mime in PHOTO_KINDS and len(file.content) <= MAX_PHOTO_BYTES:
        return "sendPhoto", "photo"
    if file.mime in AUDIO_KINDS:
        return "sendAudio", "audio"
    return "sendDocument", "document"


def send_typing(client: TelegramClient, route: ReplyRoute) -> None:
    """Show that the bot writes. Raises a ChannelError class."""
    client.call("sendChatAction", _addressed(route) | {"action": "typing"}, timeout_seconds=TYPING_TIMEOUT_SECONDS)


def _post(
    client: TelegramClient,
    payload: dict[str, Any],
    content: dict[str, Any],
    method: str = "sendMessage",
    file: UploadedFile | None = None,
) -> SendReceipt:
    result = _call(client, method, payload | content, file)
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(message_id, int):
        raise ChannelOutcomeUnknown(f"telegram {method}: the answer names no message")
    return SendReceipt(str(message_id))


def _call(client: TelegramClient, method: str, payload: dict[str, Any], file: UploadedFile | None = None) -> Any:
    """Call a method; a group that has become a supergroup is followed."""
    try:
        return client.call(method, payload, file=file)
    except ChatMigrated as moved:
        return client.call(method, payload | {"chat_id": moved.chat_id}, file=file)


def _message(route: ReplyRoute, message_id: str) -> dict[str, Any]:
    return {"chat_id": _chat_id(route), "message_id": _number(message_id, "message id")}


def _replying(route: ReplyRoute) -> dict[str, Any]:
    payload = _addressed(route)
    if route.thread_id == GENERAL_TOPIC:
        del payload["message_thread_id"]
    if route.reply_to:
        payload["reply_parameters"] = {
            "message_id": _number(route.reply_to, "reply_to"),
            "allow_sending_without_reply": True,
        }
    return payload


def _addressed(route: ReplyRoute) -> dict[str, Any]:
    payload: dict[str, Any] = {"chat_id": _chat_id(route)}
    if route.thread_id:
        payload["message_thread_id"] = _number(route.thread_id, "thread id")
    return payload


def _chat_id(route: ReplyRoute) -> int | str:
    return route.target if route.target.startswith("@") else _number(route.target, "chat id")


def _number(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ChannelRejected(f"telegram: the {what} {text!r} is not a number") from None
