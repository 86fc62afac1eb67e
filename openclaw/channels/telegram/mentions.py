"""Whether a message of a group speaks to the bot: by its name, by a command for it, or as a reply to it.

After https://core.telegram.org/bots/api#messageentity: places are counted in UTF-16 code units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MESSAGES = ("message", "channel_post", "edited_message", "edited_channel_post")
_BY_NAME = frozenset({"mention", "bot_command"})


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the bot is. Its id is in its token; its name must be asked for."""

    id: int = 0
    username: str = ""


def names_somebody(update: Mapping[str, Any]) -> bool:
    """Whether the bot's own name is needed to tell whether it is meant."""
    messages = (update.get(kind) for kind in _MESSAGES)
    return any(True for message in messages if isinstance(message, dict) for _ in _names(message))


def is_mentioned(message: Mapping[str, Any], bot: Bot) -> bool:
    """Whether the message speaks to the bot."""
    original = message.get("reply_to_message")
    if isinstance(original, dict) and "forum_topic_created" not in original and _is(original.get("from"), bot):
        return True
    if any(_is(entity.get("user"), bot) for _, entity in _entities(message) if entity.get("type") == "text_mention"):
        return True
    return bool(bot.username) and bot.username.lower() in _names(message)


def without_salutation(text: str, bot: Bot) -> str:
    """The text without the bot's name in front: what is left may be a command."""
    if not bot.username:
        return text
    return re.sub(rf"\A\s*@{re.escape(bot.username)}\b[\s,:]*", "", text, count=1, flags=re.IGNORECASE) or text


def _names(message: Mapping[str, Any]) -> Iterator[str]:
    """The names behind an at sign, of people and of a command's bot, in small letters."""
    for text, entity in _entities(message):
        if entity.get("type") in _BY_NAME:
            _, at, name = _part(text, entity).partition("@")
            if at:
                yield name.lower()


def _entities(message: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for where, what in (("text", "entities"), ("caption", "caption_entities")):
        text, entities = message.get(where), message.get(what)
        if isinstance(text, str) and isinstance(entities, list):
            yield from ((text, entity) for entity in entities if isinstance(entity, dict))


def _part(text: str, entity: Mapping[str, Any]) -> str:
    offset, length = entity.get("offset"), entity.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 0:
        return ""
    units = text.encode("utf-16-le", "surrogatepass")[2 * offset : 2 * (offset + length)]
    return units.decode("utf-16-le", "replace")


def _is(user: Any, bot: Bot) -> bool:
    return bool(bot.id) and isinstance(user, dict) and user.get("id") == bot.id
