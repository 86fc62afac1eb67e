"""Replies, edits, reactions and typing notes as calls of the Web API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.content import edited, posted
from openclaw.channels.slack.emoji import name_of
from openclaw.channels.slack.limits import TYPING_TIMEOUT_SECONDS
from openclaw.channels.slack.refusals import SlackRefused
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import SendReceipt

#: What Slack shows behind the bot's name; it goes when a message comes, and after two minutes.
_TYPING = "is typing..."
#: Whether what was asked for is so already.
_DONE_ALREADY = frozenset({"already_reacted", "no_reaction"})


def send_text(
    client: SlackClient, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]] = ()
) -> SendReceipt:
    """Send one message, with buttons below it where there are any."""
    payload = {"channel": route.target} | threaded(route) | posted(markdown, buttons)
    return SendReceipt(message_ts(client.call("chat.postMessage", payload), "chat.postMessage"))


def edit_text(client: SlackClient, route: ReplyRoute, message_id: str, markdown: str) -> None:
    """Put another text in a message's place; buttons that it had go."""
    client.call("chat.update", {"channel": route.target, "ts": message_id} | edited(markdown), repeatable=True)


def delete_message(client: SlackClient, route: ReplyRoute, message_id: str) -> None:
    """Take a message back; one that is gone is no error."""
    try:
        client.call("chat.delete", {"channel": route.target, "ts": message_id}, repeatable=True)
    except SlackRefused as error:
        if error.code != "message_not_found":
            raise


def react(client: SlackClient, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool) -> None:
    """Put an emoji to a message, or take it away; what is so already is no error."""
    name = name_of(emoji)
    if not name:
        raise ChannelRejected(f"slack: no name is known for the emoji {emoji!r}; it may be given as :name:")
    method = "reactions.remove" if remove else "reactions.add"
    try:
        client.call(method, {"channel": route.target, "timestamp": message_id, "name": name}, repeatable=True)
    except SlackRefused as error:
        if error.code not in _DONE_ALREADY:
            raise


def show_typing(client: SlackClient, route: ReplyRoute) -> None:
    """Show that the bot writes, where there is a thread: Slack shows it nowhere else."""
    thread = threaded(route)
    if thread:
        payload = {"channel_id": route.target, "status": _TYPING} | thread
        client.call("assistant.threads.setStatus", payload, repeatable=True, timeout_seconds=TYPING_TIMEOUT_SECONDS)


def threaded(route: ReplyRoute) -> dict[str, str]:
    """The thread that a reply stands in; empty for none. Who answers a message of no thread begins one."""
    thread = route.thread_id or route.reply_to
    return {"thread_ts": thread} if thread else {}


def message_ts(answer: dict[str, Any], method: str) -> str:
    """The id of the message that an answer names. Raises ChannelOutcomeUnknown when it names none."""
    ts = answer.get("ts")
    if not isinstance(ts, str) or not ts:
        raise ChannelOutcomeUnknown(f"slack {method}: the answer names no message")
    return ts
