"""Reactions as envelopes: one for each that was put or taken away.

After https://core.telegram.org/bots/api#messagereactionupdated. Telegram says neither whose message it was nor in which
topic of a forum. So every reaction is handed on, with the message's id, and those in a forum belong to its General
topic. Numbers of anonymous reactions (``message_reaction_count``) are not asked for: nobody put them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openclaw.channel_kit.shapes import integer, obj, objects, string
from openclaw.channels.telegram.authors import PEER_KINDS, Author, chat_as_author, person_as_author
from openclaw.channels.telegram.limits import GENERAL_TOPIC
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, ReplyRoute

_REACTION = "message_reaction"


def read_reactions(update: dict[str, Any], account: str) -> tuple[InboundEnvelope, ...]:
    """What an update of this kind tells; nothing for any other kind and for other bots. Raises Malformed."""
    update_id = integer(update, "update_id")
    if _REACTION not in update:
        return ()
    changed = obj(update, _REACTION)
    chat = obj(changed, "chat")
    peer_kind, chat_id = PEER_KINDS.get(string(chat, "type")), str(integer(chat, "id"))
    message_id, author = str(integer(changed, "message_id")), _author(changed)
    if peer_kind is None or author is None or author.is_bot:
        return ()
    thread_id = GENERAL_TOPIC if chat.get("is_forum") is True else None
    return tuple(
        InboundEnvelope(
            channel="telegram",
            account=account,
            event_id=f"{update_id}:{number}",
            peer=Peer(peer_kind, chat_id),
            sender=author.sender,
            text=emoji,
            route=ReplyRoute("telegram", account, chat_id, thread_id),
            thread_id=thread_id,
            message_id=message_id,
            event=event,
            extra={"sender_username": author.username} if author.username else {},
        )
        for number, (event, emoji) in enumerate(_changes(changed))
    )


def _author(changed: Mapping[str, Any]) -> Author | None:
    if "user" in changed:
        return person_as_author(obj(changed, "user"))
    return chat_as_author(obj(changed, "actor_chat")) if "actor_chat" in changed else None


def _changes(changed: Mapping[str, Any]) -> list[tuple[EventKind, str]]:
    before = [_emoji(each) for each in objects(changed, "old_reaction")]
    after = [_emoji(each) for each in objects(changed, "new_reaction")]
    taken: list[tuple[EventKind, str]] = [("unreaction", emoji) for emoji in before if emoji not in after]
    return taken + [("reaction", emoji) for emoji in after if emoji not in before]


def _emoji(reaction: Mapping[str, Any]) -> str:
    match string(reaction, "type"):
        case "emoji":
            return string(reaction, "emoji")
        case "custom_emoji":
            return f"custom emoji {string(reaction, 'custom_emoji_id')}"
        case other:
            return other
