"""Replies, edits and files as calls of the Chat API.

A message is created with an id of its request: one that was made and whose answer got lost is not made again when it is
asked for once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from openclaw.channels.googlechat.cards import button_card
from openclaw.channels.googlechat.client import GoogleChatClient
from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.limits import MAX_MESSAGE_BYTES, MAX_TEXT_BYTES, MAX_UPLOAD_BYTES
from openclaw.channels.googlechat.render import plain_chat, render_chat
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import OutboundFile, SendReceipt

_ID = r"[A-Za-z0-9_.-]{1,200}"
_SPACE = re.compile(rf"spaces/{_ID}")
_MESSAGE = re.compile(rf"spaces/{_ID}/messages/{_ID}")
_THREAD = re.compile(_ID)
#: What may stand in the path of a download: the resource's name is text that Google gave us with a message.
_RESOURCE = re.compile(r"[A-Za-z0-9_/=+.-]{1,2000}")
#: New apps read Markdown unless they are told otherwise; what ``render`` writes is Chat's own.
_SYNTAX = {"markupSyntax": "MARKUP_SYNTAX_CHAT"}


def send_text(
    client: GoogleChatClient,
    config: GoogleChatConfig,
    route: ReplyRoute,
    markdown: str,
    buttons: Sequence[tuple[str, str]] = (),
    *,
    request_id: str,
) -> SendReceipt:
    """Create one message, with buttons below it. Raises a ChannelError class."""
    message = _text(markdown)
    card = button_card(buttons, config)
    if card:
        message["cardsV2"] = [card]
    return _create(client, route, message, request_id)


def send_file(
    client: GoogleChatClient,
    config: GoogleChatConfig,
    route: ReplyRoute,
    file: OutboundFile,
    markdown: str,
    *,
    request_id: str,
) -> SendReceipt:
    """Upload a file and create a message with it, as the person whom the app may act for.

    Google takes files from people only. Without such a person the words are sent, and that there was a file.
    """
    if not config.delegate:
        note = f"[{file.name}: Google Chat takes no files from apps]"
        return send_text(client, config, route, f"{markdown}\n\n{note}".strip(), request_id=request_id)
    if len(file.content) > MAX_UPLOAD_BYTES:
        raise ChannelRejected(f"googlechat: {file.name} is larger than {MAX_UPLOAD_BYTES} bytes")
    uploaded = _upload(client, _space(route), file)
    message = {**(_text(markdown) if markdown.strip() else {}), "attachment": [uploaded]}
    return _create(client, route, message, request_id, as_person=True)


def edit_text(client: GoogleChatClient, message_id: str, markdown: str) -> None:
    """Put another text in place of a message's. Raises a ChannelError class."""
    path = f"/v1/{_known(message_id)}"
    client.call("PATCH", path, what="update", again=True, params={"updateMask": "text"}, json=_text(markdown))


def delete_message(client: GoogleChatClient, message_id: str) -> None:
    """Take a message back. Raises a ChannelError class."""
    client.call("DELETE", f"/v1/{_known(message_id)}", what="delete", again=True)


def download(client: GoogleChatClient, file: RemoteFile, max_bytes: int) -> bytes:
    """What a file holds. Raises ChannelRejected for one that is too large, else a ChannelError class."""
    if not _RESOURCE.fullmatch(file.ref) or ".." in file.ref:
        raise ChannelRejected("googlechat: the file's name is none that Google gives")
    return client.download(f"/v1/media/{file.ref}?alt=media", what="download", max_bytes=max_bytes)


def _create(
    client: GoogleChatClient, route: ReplyRoute, message: dict[str, Any], request_id: str, *, as_person: bool = False
) -> SendReceipt:
    if len(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
        raise ChannelRejected(f"googlechat: the message is longer than {MAX_MESSAGE_BYTES} bytes")
    space = _space(route)
    params = {"requestId": request_id}
    if route.thread_id:
        if not _THREAD.fullmatch(route.thread_id):
            raise ChannelRejected(f"googlechat: {route.thread_id!r} is no thread")
        message = message | {"thread": {"name": f"{space}/threads/{route.thread_id}"}}
        params["messageReplyOption"] = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    path = f"/v1/{space}/messages"
    created = client.call("POST", path, what="create", as_person=as_person, again=True, params=params, json=message)
    name = created.get("name")
    if not isinstance(name, str) or not name:
        raise ChannelOutcomeUnknown("googlechat create: the answer names no message")
    return SendReceipt(name)


def _upload(client: GoogleChatClient, space: str, file: OutboundFile) -> dict[str, Any]:
    boundary = f"openclaw-{uuid4().hex}"
    about = json.dumps({"filename": file.name})
    mime = file.mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.mime) else "application/octet-stream"
    head = (
        f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{about}\r\n"
        f"--{boundary}\r\nContent-Type: {mime}\r\n\r\n"
    )
    content = head.encode() + file.content + f"\r\n--{boundary}--\r\n".encode()
    answer = client.call(
        "POST",
        f"/upload/v1/{space}/attachments:upload",
        what="upload",
        as_person=True,
        again=True,
        params={"uploadType": "multipart"},
        headers={"Content-Type": f"multipart/related; boundary={boundary}"},
        content=content,
    )
    reference = answer.get("attachmentDataRef")
    if not isinstance(reference, dict):
        raise ChannelRejected("googlechat upload: the answer holds no reference")
    return {"attachmentDataRef": reference}


def _text(markdown: str) -> dict[str, Any]:
    rendered = render_chat(markdown)
    text = rendered if rendered.strip() else plain_chat(markdown)
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        # Marks can make a text longer than it may be.
        text = plain_chat(markdown)
    return {"text": text, **_SYNTAX}


def _space(route: ReplyRoute) -> str:
    if not _SPACE.fullmatch(route.target):
        raise ChannelRejected(f"googlechat: {route.target!r} is no space")
    return route.target


def _known(message_id: str) -> str:
    if not _MESSAGE.fullmatch(message_id):
        raise ChannelRejected(f"googlechat: {message_id!r} is no message")
    return message_id
