"""Who wrote a message, and what kind of chat it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import integer, obj
from openclaw.channel_kit.shapes import text as text_of
from openclaw.domain.envelope import PeerKind, Sender

PEER_KINDS: dict[str, PeerKind] = {
    "private": "direct",
    "group": "group",
    "supergroup": "group",
    "channel": "channel",
}


@dataclass(frozen=True, slots=True)
class Author:
    sender: Sender
    username: str = ""
    is_bot: bool = False


def author_of(message: dict[str, Any], chat: dict[str, Any]) -> Author:
    """Who really wrote it: an anonymous admin or a linked channel hides behind a placeholder ``from``."""
    if "sender_chat" in message:
        return chat_as_author(obj(message, "sender_chat"))
    if "from" in message:
        return person_as_author(obj(message, "from"))
    return chat_as_author(chat)


def person_as_author(person: dict[str, Any]) -> Author:
    """A User of the Bot API. Raises Malformed."""
    name = " ".join(part for part in (text_of(person, "first_name"), text_of(person, "last_name")) if part)
    sender = Sender(str(integer(person, "id")), name)
    return Author(sender, text_of(person, "username"), person.get("is_bot") is True)


def chat_as_author(chat: dict[str, Any]) -> Author:
    """A Chat of the Bot API that speaks for itself. Raises Malformed."""
    return Author(Sender(str(integer(chat, "id")), text_of(chat, "title")), text_of(chat, "username"))
