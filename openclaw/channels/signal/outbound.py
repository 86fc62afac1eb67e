"""Replies, files, edits, reactions, typing notes and read receipts as calls of signal-cli."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote as percent_encoded

from openclaw.channels.signal.client import SignalClient
from openclaw.channels.signal.limits import MAX_FILE_BYTES, MAX_TEXT_BYTES, TYPING_TIMEOUT_SECONDS
from openclaw.channels.signal.names import Me, addressed, answered, message_named, quoted
from openclaw.channels.signal.render import render_styled
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import OutboundFile, SendReceipt


def send_text(client: SignalClient, me: Me, route: ReplyRoute, markdown: str) -> SendReceipt:
    """Send one message."""
    return _sent(client.call("send", addressed(route.target) | _worded(markdown) | _quoting(route, me)))


def send_file(client: SignalClient, me: Me, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
    """Send a file with its text, as one message."""
    if len(file.content) > MAX_FILE_BYTES:
        raise ChannelRejected(f"signal: {file.name!r} is larger than {MAX_FILE_BYTES // 1024**2} MB")
    params = addressed(route.target) | _quoting(route, me) | {"attachment": [_data_uri(file)]}
    if markdown.strip():
        params |= _worded(markdown)
    if file.voice_note:
        params["voiceNote"] = True
    return _sent(client.call("send", params))


def edit_text(client: SignalClient, route: ReplyRoute, message_id: str, markdown: str) -> None:
    """Put another text in a message's place."""
    target = {"editTimestamp": message_named(message_id).time}
    client.call("send", addressed(route.target) | _worded(markdown) | target, repeatable=True)


def delete_message(client: SignalClient, route: ReplyRoute, message_id: str) -> None:
    """Take a message back."""
    target = {"targetTimestamp": message_named(message_id).time}
    client.call("remoteDelete", addressed(route.target) | target, repeatable=True)


def react(client: SignalClient, me: Me, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool) -> None:
    """Put an emoji to a message in place of ours, or take ours away."""
    name = message_named(message_id)
    params = addressed(route.target) | {
        "emoji": emoji,
        "targetAuthor": name.author or me.number,
        "targetTimestamp": name.time,
        "remove": remove,
    }
    client.call("sendReaction", params, repeatable=True)


def show_typing(client: SignalClient, route: ReplyRoute) -> None:
    """Show that somebody writes."""
    client.call("sendTyping", addressed(route.target), repeatable=True, timeout_seconds=TYPING_TIMEOUT_SECONDS)


def mark_read(client: SignalClient, route: ReplyRoute) -> None:
    """Tell the author of the message that is answered that it was read."""
    name = answered(route)
    if name is not None and name.author:
        params = {"recipient": name.author, "targetTimestamp": [name.time], "type": "read"}
        client.call("sendReceipt", params, repeatable=True, timeout_seconds=TYPING_TIMEOUT_SECONDS)


def fetch_file(client: SignalClient, file: RemoteFile, max_bytes: int) -> bytes:
    """What an attachment holds. Raises ChannelRejected for one that is gone or larger."""
    if file.size_bytes > max_bytes:
        raise ChannelRejected(f"signal file: it has {file.size_bytes} bytes, and {max_bytes} are allowed")
    chat, _, name = file.ref.rpartition("/")
    place = addressed(chat)
    # Of a person it is one, not a list of them.
    where = place if "groupId" in place else {"recipient": chat}
    return client.attachment(where | {"id": name}, max_bytes)


def _worded(markdown: str) -> dict[str, Any]:
    styled = render_styled(markdown)
    size = len(styled.text.encode())
    if size > MAX_TEXT_BYTES:
        raise ChannelRejected(f"signal: the text has {size} bytes; a message holds {MAX_TEXT_BYTES}")
    return {"message": styled.text} | ({"textStyle": list(styled.styles)} if styled.styles else {})


def _quoting(route: ReplyRoute, me: Me) -> dict[str, Any]:
    """People's apps find the quoted message's words by its author and time where they have it."""
    name = quoted(route)
    return {"quoteTimestamp": name.time, "quoteAuthor": name.author or me.number} if name else {}


def _data_uri(file: OutboundFile) -> str:
    mime = file.mime.partition(";")[0].strip() or "application/octet-stream"
    name = percent_encoded(file.name or "file", safe="")
    return f"data:{mime};filename={name};base64,{base64.b64encode(file.content).decode()}"


def _sent(result: Any) -> SendReceipt:
    time = result.get("timestamp") if isinstance(result, dict) else None
    if not isinstance(time, int):
        raise ChannelOutcomeUnknown("signal send: the answer names no message")
    return SendReceipt(str(time))
