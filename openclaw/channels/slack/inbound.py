"""Events of Slack as envelopes.

Knows messages, what was changed and deleted of them, mentions, and reactions to the bot's own messages; every other
event and every bot gives nothing. Whatever is known must have its documented shape, else Malformed
(https://docs.slack.dev/apis/events-api, .../reference/events/message). Pure: nothing is asked for, so people have names
only where the event says them.

A message that names the bot comes twice, as ``message`` and as ``app_mention``, each as an event of its own; the
conversation and the message's time are therefore the id of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, obj, objects, string
from openclaw.channel_kit.shapes import text as text_of
from openclaw.channels.slack.emoji import emoji_of
from openclaw.channels.slack.entities import Bot, mentions, readable, without_salutation
from openclaw.channels.slack.shared_files import files_of, placeholders
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, ReplyRoute, Sender

#: Subtypes that somebody wrote; every other one tells of something, or is a bot's.
_WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
#: Writes in everybody's name.
_SLACKBOT = "USLACKBOT"
#: How much of a message that was passed on the model is shown.
_QUOTE_CHARS = 500
#: Seconds since 1970 with what makes them unique in their conversation.
_TS = re.compile(r"([0-9]{1,12})\.([0-9]{3})[0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose events these are, and how answers to them stand."""

    account: str
    reply_in_thread: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """One event with what its envelope says around it."""

    body: dict[str, Any]
    id: str
    team_id: str
    place: Place
    bot: Bot


def read_event(callback: dict[str, Any], place: Place, bot: Bot) -> InboundEnvelope | None:
    """Turn an ``event_callback`` into an envelope, or ``None`` when there is nothing to say of it. Raises Malformed."""
    body = obj(callback, "event")
    reader = _READERS.get(string(body, "type"))
    if reader is None:
        return None
    return reader(_Event(body, string(callback, "event_id"), text_of(callback, "team_id"), place, bot))


def authorized_bot(callback: dict[str, Any]) -> str:
    """The bot's own id, as an ``event_callback`` says for whom it is; empty where it does not."""
    each = next(iter(objects(callback, "authorizations")), {})
    return text_of(each, "user_id") if each.get("is_bot") is True else ""


def peer_of(channel: str) -> Peer:
    """The conversation. Most events do not tell a private channel from a group of people: both are channels here."""
    if not channel:
        raise Malformed("the conversation has no id")
    return Peer("direct" if channel.startswith("D") else "channel", channel)


def _message(event: _Event) -> InboundEnvelope | None:
    subtype = text_of(event.body, "subtype")
    if subtype == "message_changed":
        return _changed(event)
    if subtype == "message_deleted":
        return _deleted(event)
    return _written(event) if subtype in _WRITTEN else None


def _mention(event: _Event) -> InboundEnvelope | None:
    """A corrected message is told of as a mention again, beside the change itself."""
    envelope = None if "edited" in event.body else _written(event)
    if envelope is None or envelope.peer.kind == "direct":
        return envelope
    return replace(envelope, mentioned=True)


def _written(event: _Event) -> InboundEnvelope | None:
    message = event.body
    channel, ts = string(message, "channel"), string(message, "ts")
    if not _is_persons(message, event.bot):
        return None
    text = _content(message, event.bot)
    return _envelope(event, message, channel, ts, text, f"{channel}:{ts}") if text else None


def _changed(event: _Event) -> InboundEnvelope | None:
    """Somebody corrected a message. Answers in its thread and links that are looked up change it too: not its text."""
    message, before = obj(event.body, "message"), maybe_obj(event.body, "previous_message")
    if text_of(message, "subtype") == "tombstone":
        return _deleted(event)
    changed = text_of(message, "text") != text_of(before, "text") if before else "edited" in message
    if not changed or not _is_persons(message, event.bot):
        return None
    channel, ts = string(event.body, "channel"), string(message, "ts")
    text = _content(message, event.bot)
    return _envelope(event, message, channel, ts, text, event.id, "edit") if text else None


def _deleted(event: _Event) -> InboundEnvelope | None:
    before = maybe_obj(event.body, "previous_message")
    if not _is_persons(before, event.bot):
        return None
    channel = string(event.body, "channel")
    ts = text_of(event.body, "deleted_ts") or string(before, "ts")
    return _envelope(event, before, channel, ts, "", event.id, "delete")


def _reaction(event: _Event) -> InboundEnvelope | None:
    """An emoji at one of the bot's own messages."""
    item = obj(event.body, "item")
    author = string(event.body, "user")
    own = bool(event.bot.user_id) and text_of(event.body, "item_user") == event.bot.user_id
    if text_of(item, "type") != "message" or not own or author == event.bot.user_id:
        return None
    channel = string(item, "channel")
    return InboundEnvelope(
        channel="slack",
        account=event.place.account,
        event_id=event.id,
        peer=peer_of(channel),
        sender=Sender(author),
        text=emoji_of(string(event.body, "reaction")),
        route=ReplyRoute("slack", event.place.account, channel),
        message_id=string(item, "ts"),
        event="reaction" if event.body["type"] == "reaction_added" else "unreaction",
        extra={"team_id": event.team_id} if event.team_id else {},
    )


_READERS: dict[str, Callable[[_Event], InboundEnvelope | None]] = {
    "message": _message,
    "app_mention": _mention,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
}


def _envelope(
    event: _Event,
    message: dict[str, Any],
    channel: str,
    ts: str,
    text: str,
    event_id: str,
    kind: EventKind = "message",
) -> InboundEnvelope:
    peer, place = peer_of(channel), event.place
    thread_id = _thread_id(message, ts, begins=place.reply_in_thread and peer.kind != "direct")
    return InboundEnvelope(
        channel="slack",
        account=place.account,
        event_id=event_id,
        peer=peer,
        sender=Sender(string(message, "user"), _name(message)),
        text=text,
        route=ReplyRoute("slack", place.account, channel, thread_id),
        thread_id=thread_id,
        message_id=ts,
        mentioned=None if peer.kind == "direct" else _speaks_to(message, event.bot),
        event=kind,
        files=files_of(message) if kind == "message" else (),
        extra=_extra(event, message, ts, thread_id),
    )


def _is_persons(message: dict[str, Any], bot: Bot) -> bool:
    """Whether a person wrote it: what a bot wrote, this one or another, has a bot's id."""
    user = text_of(message, "user")
    return bool(user) and not message.get("bot_id") and user not in (_SLACKBOT, bot.user_id)


def _thread_id(message: dict[str, Any], ts: str, *, begins: bool) -> str | None:
    """The thread a message is in, by its first message; one that has answers names itself."""
    given = text_of(message, "thread_ts")
    if given and given != ts:
        return given
    return ts if begins else None


def _speaks_to(message: dict[str, Any], bot: Bot) -> bool:
    """By its name, or in the thread below one of its messages."""
    below = bool(bot.user_id) and text_of(message, "parent_user_id") == bot.user_id
    return below or mentions(text_of(message, "text"), bot.user_id)


def _content(message: dict[str, Any], bot: Bot) -> str:
    text = readable(without_salutation(text_of(message, "text"), bot), bot).strip()
    whole = "\n".join(part for part in (*placeholders(message), text) if part)
    # A command stays alone, else intake would not know it.
    return whole if whole.startswith("/") else _with_shared(whole, message, bot)


def _with_shared(text: str, message: dict[str, Any], bot: Bot) -> str:
    """With the messages that somebody passed on; other attachments are what links look like."""
    parts = [text] if text else []
    for each in objects(message, "attachments"):
        said = readable(text_of(each, "text"), bot)[:_QUOTE_CHARS]
        if said and (each.get("is_share") is True or each.get("is_msg_unfurl") is True):
            quoted = "\n".join(f"> {line}" for line in said.splitlines())
            parts.append(f"[Shared message of {text_of(each, 'author_name') or 'somebody'}]\n{quoted}")
    return "\n\n".join(parts)


def _name(message: dict[str, Any]) -> str:
    """Only messages from other workspaces bring their author's name."""
    profile = maybe_obj(message, "user_profile")
    return text_of(profile, "display_name") or text_of(profile, "real_name")


def _extra(event: _Event, message: dict[str, Any], ts: str, thread_id: str | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "team_id": event.team_id or text_of(message, "team"),
        "reply_to": thread_id if thread_id and thread_id != ts else "",
        "sent_at_ms": _milliseconds(ts),
    }
    return {key: value for key, value in facts.items() if value}


def _milliseconds(ts: str) -> int:
    found = _TS.fullmatch(ts)
    if found is None:
        raise Malformed("ts is no time")
    return int(found[1]) * 1000 + int(found[2])
