"""Replies, edits, reactions and typing notes as REST calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from openclaw.channels.discord.client import DiscordClient
from openclaw.channels.discord.limits import (
    MAX_BUTTONS,
    MAX_COMMANDS,
    MAX_DESCRIPTION_CHARS,
    MAX_FILE_BYTES,
    MAX_LABEL_CHARS,
    MAX_MESSAGE_CHARS,
    MAX_SAYS_CHARS,
    TYPING_TIMEOUT_SECONDS,
    is_snowflake,
)
from openclaw.channels.discord.refusals import UNKNOWN_EMOJI, UNKNOWN_MESSAGE, DiscordRefused
from openclaw.channels.discord.render import render_discord
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import OutboundFile, SendReceipt

#: Nobody is notified by what a model writes.
QUIET: dict[str, Any] = {"allowed_mentions": {"parse": []}}
#: Kinds of components, and the plain grey button (components/reference).
_ROW, _BUTTON, _SECONDARY = 1, 2, 2
#: A string option (interactions/application-commands); its name as people see it.
_STRING, _REST = 3, "args"
#: A server's own emoji as messages have it; the API wants ``name:id``.
_OWN_EMOJI = re.compile(r"<a?:(\w+:\d+)>")
#: Commands are for servers where the bot is installed and for its direct messages.
_IN_GUILDS, _WITH_THE_BOT = 0, 1


def content_of(markdown: str) -> str:
    """A chunk in Discord's dialect; as it was written where that shows nothing or is too long."""
    rendered = render_discord(markdown)
    too_long = len(rendered) + sum(1 for char in rendered if char > "\uffff") > MAX_MESSAGE_CHARS
    return markdown if too_long or not rendered.strip() else rendered


def send(
    client: DiscordClient,
    channel_id: str,
    markdown: str,
    *,
    reply_to: str | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    file: OutboundFile | None = None,
    nonce: str = "",
) -> SendReceipt:
    """Send one message; with a nonce, at most once in a few minutes. Raises a ChannelError class."""
    if file is not None and len(file.content) > MAX_FILE_BYTES:
        raise ChannelRejected(f"discord: {file.name} is too large: Discord takes 10 MiB a file")
    content = content_of(markdown) if markdown.strip() or file is None else ""
    payload: dict[str, Any] = {"content": content, **QUIET}
    if nonce:
        payload |= {"nonce": nonce, "enforce_nonce": True}
    if reply_to:
        payload["message_reference"] = {"message_id": number(reply_to, "reply_to"), "fail_if_not_exists": False}
    row = [
        {"type": _BUTTON, "style": _SECONDARY, "label": label[:MAX_LABEL_CHARS], "custom_id": says}
        for label, says in buttons
        if 0 < len(says) <= MAX_SAYS_CHARS
    ]
    if row:
        payload["components"] = [{"type": _ROW, "components": row[:MAX_BUTTONS]}]
    answer = client.call("POST", f"/channels/{channel_id}/messages", payload, file=file)
    message_id = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(message_id, str):
        raise ChannelOutcomeUnknown("discord: the answer names no message")
    return SendReceipt(message_id)


def edit(client: DiscordClient, channel_id: str, message_id: str, markdown: str) -> None:
    """Put another text in place of a message's own. Raises a ChannelError class."""
    client.call("PATCH", _message(channel_id, message_id), {"content": content_of(markdown), **QUIET})


def delete(client: DiscordClient, channel_id: str, message_id: str) -> None:
    """Take a message back. Raises a ChannelError class; one that is gone is no error."""
    try:
        client.call("DELETE", _message(channel_id, message_id))
    except DiscordRefused as refused:
        if refused.code != UNKNOWN_MESSAGE:
            raise


def react(client: DiscordClient, channel_id: str, message_id: str, emoji: str, *, remove: bool) -> None:
    """Put an emoji to a message, or take the bot's own away. Raises a ChannelError class."""
    own = _OWN_EMOJI.fullmatch(emoji)
    name = quote(own[1] if own else emoji, safe="")
    try:
        client.call("DELETE" if remove else "PUT", f"{_message(channel_id, message_id)}/reactions/{name}/@me")
    except DiscordRefused as refused:
        if not remove or refused.code not in (UNKNOWN_MESSAGE, UNKNOWN_EMOJI):
            raise


def send_typing(client: DiscordClient, channel_id: str) -> None:
    """Show that the bot writes, for about ten seconds. Raises a ChannelError class."""
    client.call("POST", f"/channels/{channel_id}/typing", timeout_seconds=TYPING_TIMEOUT_SECONDS)


def open_direct(client: DiscordClient, user_id: str) -> str:
    """The id of the channel for direct messages with this person. Raises a ChannelError class."""
    answer = client.call("POST", "/users/@me/channels", {"recipient_id": number(user_id, "user id")})
    channel_id = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(channel_id, str):
        raise ChannelOutcomeUnknown("discord: the answer names no channel")
    return channel_id


def offer_commands(client: DiscordClient, commands: Sequence[tuple[str, str]]) -> None:
    """Put these in place of the bot's slash commands; each takes any words. Raises a ChannelError class."""
    rest = {"type": _STRING, "name": _REST, "description": "what stands behind the command", "required": False}
    menu = [
        {
            "name": name,
            "description": description[:MAX_DESCRIPTION_CHARS] or name,
            "options": [rest],
            "contexts": [_IN_GUILDS, _WITH_THE_BOT],
        }
        for name, description in commands[:MAX_COMMANDS]
    ]
    application = client.call("GET", "/applications/@me")
    if not isinstance(application, dict) or not isinstance(application.get("id"), str):
        raise ChannelOutcomeUnknown("discord: the answer names no application")
    client.call("PUT", f"/applications/{application['id']}/commands", menu)


def number(text: str, what: str) -> str:
    """An id, which is all digits: nothing else may get into a path. Raises ChannelRejected."""
    if not is_snowflake(text):
        raise ChannelRejected(f"discord: the {what} {text!r} is not a number")
    return text


def _message(channel_id: str, message_id: str) -> str:
    return f"/channels/{channel_id}/messages/{number(message_id, 'message id')}"
