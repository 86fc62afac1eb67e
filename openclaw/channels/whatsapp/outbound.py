"""Replies, files, reactions and typing notes as calls of the Cloud API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from openclaw.channels.whatsapp.answering import answered, quoted
from openclaw.channels.whatsapp.client import GraphClient
from openclaw.channels.whatsapp.files import kind_of
from openclaw.channels.whatsapp.limits import (
    MAX_BODY_UNITS,
    MAX_BUTTONS,
    MAX_CAPTION_UNITS,
    MAX_LABEL_CHARS,
    MAX_SAYS_CHARS,
    MAX_TEXT_UNITS,
    TYPING_TIMEOUT_SECONDS,
    utf16_units,
)
from openclaw.channels.whatsapp.render import render_text
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import OutboundFile, SendReceipt

_PHONE = re.compile(r"\+?[0-9]{5,20}")
#: A user id that is valid for one business only: a country, perhaps ENT, and what tells people apart.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_GROUP = re.compile(r"[A-Za-z0-9_=-]{5,200}")
#: Stands above buttons whose text is a message of its own, as it is too long.
_CHOOSE = "Please choose:"


def send_text(client: GraphClient, route: ReplyRoute, markdown: str, *, previews: bool) -> SendReceipt:
    """Send one message."""
    body = render_text(markdown, MAX_TEXT_UNITS)
    return _post(client, route, "text", {"body": body, "preview_url": previews})


def send_buttons(
    client: GraphClient, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]], *, previews: bool
) -> SendReceipt:
    """The same with up to three buttons below it; groups have none."""
    shown: dict[str, str] = {}
    for label, says in buttons:
        # Meta wants every label once.
        if label and 0 < len(says) <= MAX_SAYS_CHARS:
            shown.setdefault(label[:MAX_LABEL_CHARS], says)
    if not shown or is_group(route.target):
        return send_text(client, route, markdown, previews=previews)
    body = render_text(markdown, MAX_BODY_UNITS)
    if utf16_units(body) > MAX_BODY_UNITS:
        send_text(client, route, markdown, previews=previews)
        body = _CHOOSE
    replies = [{"type": "reply", "reply": {"id": says, "title": label}} for label, says in shown.items()]
    content = {"type": "button", "body": {"text": body}, "action": {"buttons": replies[:MAX_BUTTONS]}}
    return _post(client, route, "interactive", content)


def send_file(
    client: GraphClient, route: ReplyRoute, file: OutboundFile, markdown: str, *, previews: bool
) -> SendReceipt:
    """Upload a file and send it as what it is; words that cannot stand below it follow as a message."""
    kind = kind_of(file)
    caption = render_text(markdown, MAX_CAPTION_UNITS) if kind.captions else ""
    if utf16_units(caption) > MAX_CAPTION_UNITS:
        caption = ""
    content: dict[str, Any] = {"id": _upload(client, file, kind.mime)}
    content |= {"caption": caption} if caption.strip() else {}
    content |= {"filename": file.name} if kind.type == "document" else {}
    content |= {"voice": True} if kind.voice else {}
    sent = _post(client, route, kind.type, content)
    if caption or not markdown.strip():
        return sent
    return send_text(client, route, markdown, previews=previews)


def react(client: GraphClient, route: ReplyRoute, message_id: str, emoji: str) -> None:
    """Put an emoji to a message; an empty one takes it away."""
    _post(client, replace(route, reply_to=None), "reaction", {"message_id": message_id, "emoji": emoji})


def send_typing(client: GraphClient, route: ReplyRoute) -> None:
    """Mark the message that is answered as read and show that an answer is written; groups have neither."""
    message_id = answered(route)
    if not message_id or is_group(route.target):
        return
    note = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    client.post("messages", json=note | {"typing_indicator": {"type": "text"}}, timeout_seconds=TYPING_TIMEOUT_SECONDS)


def is_group(target: str) -> bool:
    """Whether a target is neither a phone number nor a user id."""
    return not (_PHONE.fullmatch(target) or _USER_ID.fullmatch(target))


def _upload(client: GraphClient, file: OutboundFile, mime: str) -> str:
    form = {"messaging_product": "whatsapp", "type": mime}
    try:
        media = client.post("media", data=form, files={"file": (file.name, file.content, mime)})
    except ChannelOutcomeUnknown as error:
        # A file that nobody was sent does no harm.
        raise ChannelUnreachable(str(error)) from error
    media_id = media.get("id")
    if not isinstance(media_id, str | int):
        raise ChannelUnreachable("whatsapp media: the answer names no file")
    return str(media_id)


def _post(client: GraphClient, route: ReplyRoute, kind: str, content: dict[str, Any]) -> SendReceipt:
    payload = {"messaging_product": "whatsapp", **_recipient(route.target), "type": kind, kind: content}
    if quoted(route):
        payload["context"] = {"message_id": quoted(route)}
    messages = client.post("messages", json=payload).get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    message_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(message_id, str):
        raise ChannelOutcomeUnknown("whatsapp messages: the answer names no message")
    return SendReceipt(message_id)


def _recipient(target: str) -> dict[str, str]:
    if _PHONE.fullmatch(target):
        return {"recipient_type": "individual", "to": target.removeprefix("+")}
    if _USER_ID.fullmatch(target):
        return {"recipient_type": "individual", "recipient": target}
    if _GROUP.fullmatch(target):
        return {"recipient_type": "group", "to": target}
    raise ChannelRejected(f"whatsapp: {target!r} is no phone number, user id or group")
