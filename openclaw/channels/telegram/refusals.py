"""What the Bot API's error answers mean for a reply: wait, give up, ask again, or not known."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from openclaw.channel_kit.http import refusal as status_refusal
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable

_GONE = re.compile(r"message to (?:edit|delete) not found", re.IGNORECASE)


class EntitiesRefused(ChannelRejected):
    """Telegram cannot parse the markup; the plain text may still go."""


class NotModified(ChannelRejected):
    """The message has this text already."""


class MessageGone(ChannelRejected):
    """There is no such message any more."""


class ChatMigrated(ChannelRejected):
    """The group has become a supergroup with another id."""

    def __init__(self, message: str, chat_id: int) -> None:
        super().__init__(message)
        self.chat_id = chat_id


def refusal(method: str, status: int, body: dict[str, Any], description: str) -> ChannelError:
    """The error for an answer that is not ``ok``. ``description`` has been cleaned of secrets."""
    message = f"telegram {method}: {status} {description}".rstrip()
    given = body.get("parameters")
    parameters: dict[str, Any] = given if isinstance(given, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = parameters.get("retry_after")
        return status_refusal(status, message, float(wait) if isinstance(wait, int | float) and wait >= 0 else None)
    if status == HTTPStatus.CONFLICT:
        # Somebody else asks for the bot's updates; whoever that is may be about to stop.
        return ChannelUnreachable(message)
    moved_to = parameters.get("migrate_to_chat_id")
    if isinstance(moved_to, int):
        return ChatMigrated(message, moved_to)
    if status == HTTPStatus.BAD_REQUEST and "message is not modified" in description.lower():
        return NotModified(message)
    if status == HTTPStatus.BAD_REQUEST and _GONE.search(description):
        return MessageGone(message)
    if status == HTTPStatus.BAD_REQUEST and "can't parse entities" in description.lower():
        return EntitiesRefused(message)
    return status_refusal(status, message)
