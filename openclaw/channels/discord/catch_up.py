"""What was written while nobody was connected: the messages of a channel behind the last one that was seen."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from openclaw.channel_kit.shapes import Malformed, string
from openclaw.channels.discord.limits import is_snowflake, snowflake_at

#: Messages a page, which is Discord's most (resources/message, "Get Channel Messages"), and pages a channel.
_PAGE, _MOST_PAGES = 100, 5
#: What is older is answered no more: a day, as other platforms keep what was not fetched.
_MOST_AGE_MS = 24 * 60 * 60 * 1000


class Ask(Protocol):
    """Calls the REST API; ``None`` where Discord refuses. Raises ChannelUnreachable."""

    def __call__(self, method: str, path: str, payload: Any = None, **parameters: str) -> Awaitable[Any]: ...


async def missed_messages(ask: Ask, channel_id: str, last_id: str, now_ms: int) -> list[dict[str, Any]] | None:
    """Messages later than the last one, oldest first; ``None`` for a channel that can be read no more.

    Raises ChannelUnreachable and Malformed.
    """
    after = max(int(last_id), snowflake_at(now_ms - _MOST_AGE_MS))
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_PAGES):
        page = await ask(
            "GET", "/channels/{channel_id}/messages", channel_id=channel_id, after=str(after), limit=str(_PAGE)
        )
        if page is None:
            return None
        if not isinstance(page, list) or not all(isinstance(message, dict) for message in page):
            raise Malformed("the messages are no list of objects")
        # The page that follows an id comes with its latest message first.
        found += sorted(page, key=_id)
        if len(page) < _PAGE:
            break
        after = _id(found[-1])
    return found


def _id(message: dict[str, Any]) -> int:
    message_id = string(message, "id")
    if not is_snowflake(message_id):
        raise Malformed("id is not a number")
    return int(message_id)
