"""What the Bot API's error answers mean for a reply: wait, give up, ask again, or not known."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from openclaw.channels.telegram.limits import DEFAULT_RETRY_AFTER_SECONDS
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)


class EntitiesRefused(ChannelRejected):
    """Telegram cannot parse the markup; the plain text may still go."""


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
        seconds = float(wait) if isinstance(wait, int | float) and wait >= 0 else DEFAULT_RETRY_AFTER_SECONDS
        return ChannelRateLimited(message, retry_after_seconds=seconds)
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        # Something in between gave up waiting: the message may have reached the chat.
        return ChannelOutcomeUnknown(message)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        return ChannelUnreachable(message)
    moved_to = parameters.get("migrate_to_chat_id")
    if isinstance(moved_to, int):
        return ChatMigrated(message, moved_to)
    if status == HTTPStatus.BAD_REQUEST and "can't parse entities" in description.lower():
        return EntitiesRefused(message)
    return ChannelRejected(message)
