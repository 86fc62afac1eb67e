"""Updates as Telegram posts them to a webhook, after https://core.telegram.org/bots/api#update."""

from __future__ import annotations

import json
from typing import Any

ANN = {"id": 42, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "annlee", "language_code": "en"}
PRIVATE = {"id": 42, "first_name": "Ann", "last_name": "Lee", "username": "annlee", "type": "private"}
SUPERGROUP = {"id": -1001234567890, "title": "Ops", "type": "supergroup"}
FORUM = {"id": -1009876543210, "title": "Forum", "type": "supergroup", "is_forum": True}
CHANNEL = {"id": -1005550000000, "title": "News", "username": "news", "type": "channel"}
PHOTO = [
    {"file_id": "AgACAgIA", "file_unique_id": "AQAD", "file_size": 1253, "width": 90, "height": 67},
    {"file_id": "AgACAgIB", "file_unique_id": "AQAE", "file_size": 21842, "width": 800, "height": 600},
]


def message(update_id: int = 10001, **changes: Any) -> dict[str, Any]:
    """A text message in a private chat; ``None`` takes a field out."""
    fields = {"message_id": 1365, "from": ANN, "chat": PRIVATE, "date": 1_767_225_600, "text": "Hello"} | changes
    return {"update_id": update_id, "message": {key: value for key, value in fields.items() if value is not None}}


def channel_post(update_id: int = 10002, **changes: Any) -> dict[str, Any]:
    fields = {"message_id": 7, "sender_chat": CHANNEL, "chat": CHANNEL, "date": 1_767_225_600, "text": "News!"}
    return {"update_id": update_id, "channel_post": fields | changes}


def body(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()
