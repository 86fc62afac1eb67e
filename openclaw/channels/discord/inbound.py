"""Events of Discord's gateway as envelopes.

Pure over the vendor's JSON (events/gateway-events): the connection adds what an event does not say itself as ``Facts``.
Events of bots, of the bot itself and of the system give nothing, and neither does a kind that is not named here. What
has one of the kinds must have its documented shape, else Malformed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.channel_kit.shapes import Malformed, integer, maybe_obj, obj, objects, storable, string, text
from openclaw.channels.discord.content import files_of, quoted, said, with_quote
from openclaw.channels.discord.limits import sent_at_ms
from openclaw.channels.discord.places import Place
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, RemoteFile, ReplyRoute, Sender

#: Kinds of messages that a person wrote: one of its own, and a reply (resources/message, "Message Types").
_WRITTEN = frozenset({0, 19})
#: Kinds of interactions (interactions/receiving-and-responding).
COMMAND, COMPONENT = 2, 3


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """One dispatch. ``id`` names it within all sessions of a bot, also when it comes again."""

    name: str
    data: dict[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known beside an event."""

    account: str
    bot_id: str
    place: Place = field(default_factory=Place)
    #: The roles that the bot has in the event's server.
    bot_roles: frozenset[str] = frozenset()
    #: Whether the event is about one of the bot's own messages.
    own: bool = False


def read_event(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    """Turn one event into envelopes. Raises Malformed."""
    reader = _READERS.get(event.name)
    return reader(event, facts) if reader else ()


@dataclass(frozen=True, slots=True)
class _Author:
    sender: Sender
    username: str = ""
    role_ids: tuple[str, ...] = ()


def _created(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    message_id = string(event.data, "id")
    return _written(event.data, facts, message_id, "message")


def _updated(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    """An edit by its author. A message is updated as well when Discord has looked at the links in it."""
    edited = text(event.data, "edited_timestamp")
    return _written(event.data, facts, f"{string(event.data, 'id')}:edit:{edited}", "edit") if edited else ()


def _written(message: dict[str, Any], facts: Facts, event_id: str, kind: EventKind) -> tuple[InboundEnvelope, ...]:
    author = obj(message, "author")
    if integer(message, "type") not in _WRITTEN or author.get("bot") is True or message.get("webhook_id") is not None:
        return ()
    words = said(message, facts.bot_id)
    if not words:
        return ()
    name, quote = quoted(message)
    message_id = string(message, "id")
    return _envelope(
        facts,
        event_id,
        message,
        _author(author, maybe_obj(message, "member")),
        with_quote(words, name, quote),
        kind=kind,
        message_id=message_id,
        mentioned=_is_mentioned(message, facts),
        files=files_of(message),
        facts_of_message={
            "reply_to": text(maybe_obj(message, "referenced_message"), "id"),
            "sent_at_ms": sent_at_ms(message_id),
        },
    )


def _deleted(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    return () if facts.own else _delete(event, facts, string(event.data, "id"))


def _deleted_together(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    return tuple(envelope for each in _ids(event.data, "ids") for envelope in _delete(event, facts, each))


def _delete(event: GatewayEvent, facts: Facts, message_id: str) -> tuple[InboundEnvelope, ...]:
    """Discord does not say who took a message back."""
    nobody = _Author(Sender(""))
    return _envelope(facts, f"{message_id}:delete", event.data, nobody, "", kind="delete", message_id=message_id)


def _reacted(kind: EventKind) -> Callable[[GatewayEvent, Facts], tuple[InboundEnvelope, ...]]:
    def read(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
        user_id = string(event.data, "user_id")
        member = maybe_obj(event.data, "member")
        user = maybe_obj(member, "user") or {"id": user_id}
        if not facts.own or user_id == facts.bot_id or user.get("bot") is True:
            return ()
        emoji = obj(event.data, "emoji")
        name = text(emoji, "name")
        return _envelope(
            facts,
            event.id,
            event.data,
            _author(user, member),
            f":{name}:" if emoji.get("id") is not None else name,
            kind=kind,
            message_id=string(event.data, "message_id"),
        )

    return read


def _interacted(event: GatewayEvent, facts: Facts) -> tuple[InboundEnvelope, ...]:
    """A slash command or a button: whoever used it says what it says."""
    interaction = event.data
    kind, data = integer(interaction, "type"), maybe_obj(interaction, "data")
    words = command_line(data) if kind == COMMAND else text(data, "custom_id") if kind == COMPONENT else ""
    member = maybe_obj(interaction, "member")
    user = obj(member, "user") if member else obj(interaction, "user")
    if not words or user.get("bot") is True:
        return ()
    return _envelope(
        facts,
        string(interaction, "id"),
        interaction,
        _author(user, member),
        words,
        message_id=text(maybe_obj(interaction, "message"), "id") or None,
        mentioned=True,
        facts_of_message={"sent_at_ms": sent_at_ms(string(interaction, "id"))},
    )


def command_line(data: Mapping[str, Any]) -> str:
    """A slash command as a person would type it. Raises Malformed."""
    return " ".join([f"/{string(data, 'name')}", *_arguments(data)])


def _arguments(data: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for option in objects(data, "options"):
        value = option.get("value")
        if value is None:
            words += [string(option, "name"), *_arguments(option)]
        else:
            words.append(storable(value if isinstance(value, str) else str(value).lower()).strip())
    return [word for word in words if word]


def _envelope(
    facts: Facts,
    event_id: str,
    data: dict[str, Any],
    author: _Author,
    words: str,
    *,
    kind: EventKind = "message",
    message_id: str | None = None,
    mentioned: bool | None = None,
    files: tuple[RemoteFile, ...] = (),
    facts_of_message: Mapping[str, Any] | None = None,
) -> tuple[InboundEnvelope, ...]:
    channel_id, guild_id, place = string(data, "channel_id"), text(data, "guild_id"), facts.place
    guild_id = guild_id or place.guild_id
    peer = Peer("channel", channel_id) if guild_id else Peer("direct", author.sender.id or place.recipient_id)
    if not peer.id:
        return ()
    thread_id = channel_id if place.is_thread else None
    extra: dict[str, Any] = {
        "guild_id": guild_id,
        "role_ids": list(author.role_ids),
        "parent_peer": {"kind": "channel", "id": place.parent_id} if place.parent_id else None,
        "chat_title": place.name,
        "sender_username": author.username,
        **(facts_of_message or {}),
    }
    return (
        InboundEnvelope(
            channel="discord",
            account=facts.account,
            event_id=event_id,
            peer=peer,
            sender=author.sender,
            text=words,
            route=ReplyRoute("discord", facts.account, channel_id, thread_id),
            thread_id=thread_id,
            message_id=message_id,
            mentioned=None if peer.kind == "direct" else mentioned,
            event=kind,
            files=files,
            extra={name: value for name, value in extra.items() if value},
        ),
    )


def _author(user: dict[str, Any], member: dict[str, Any]) -> _Author:
    name = text(member, "nick") or text(user, "global_name") or text(user, "username")
    return _Author(Sender(string(user, "id"), name), text(user, "username"), tuple(_ids(member, "roles")))


def _is_mentioned(message: dict[str, Any], facts: Facts) -> bool:
    """By its name, by a role of its own, or by a reply to it; not by what speaks to everyone."""
    original = maybe_obj(maybe_obj(message, "referenced_message"), "author")
    people = [original.get("id"), *(user.get("id") for user in objects(message, "mentions"))]
    return facts.bot_id in people or not facts.bot_roles.isdisjoint(mentioned_roles(message))


def mentioned_roles(message: Mapping[str, Any]) -> list[str]:
    """The roles that a message speaks to. Raises Malformed."""
    return _ids(message, "mention_roles")


def _ids(data: Mapping[str, Any], key: str) -> list[str]:
    ids = data.get(key)
    if ids is None:
        return []
    if not isinstance(ids, list):
        raise Malformed(f"{key} is not a list")
    return [storable(str(each)) for each in ids]


_READERS: dict[str, Callable[[GatewayEvent, Facts], tuple[InboundEnvelope, ...]]] = {
    "MESSAGE_CREATE": _created,
    "MESSAGE_UPDATE": _updated,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_DELETE_BULK": _deleted_together,
    "MESSAGE_REACTION_ADD": _reacted("reaction"),
    "MESSAGE_REACTION_REMOVE": _reacted("unreaction"),
    "INTERACTION_CREATE": _interacted,
}
#: The events that ``read_event`` takes.
READ_EVENTS = frozenset(_READERS)
