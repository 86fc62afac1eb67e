"""Updates as Telegram posts them to a webhook, after https://core.telegram.org/bots/api#update."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
_FILE = {"file_id": "BQACAgIA", "file_unique_id": "AgAD"}
#: A message of each kind that holds a file or what is told in words: the fields beside those of every message.
MEDIA: dict[str, dict[str, Any]] = {
    "photo": {"photo": PHOTO},
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg", "file_size": 9012}},
    "audio": {"audio": {**_FILE, "duration": 200, "file_name": "song.mp3", "mime_type": "audio/mpeg", "file_size": 7}},
    "video": {"video": {**_FILE, "width": 640, "height": 360, "duration": 9, "mime_type": "video/mp4", "file_size": 5}},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 9, "file_size": 6}},
    "animation": {
        "animation": {**_FILE, "width": 320, "height": 180, "duration": 2, "file_name": "a.mp4", "file_size": 8},
        "document": {**_FILE, "file_name": "a.mp4", "file_size": 8},
    },
    "document": {"document": {**_FILE, "file_name": "a.pdf", "mime_type": "application/pdf", "file_size": 1000}},
    "sticker": {
        "sticker": {
            **_FILE,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": True,
            "emoji": "😀",
            "set_name": "Cats",
            "file_size": 20000,
        }
    },
    "location": {"location": {"latitude": 52.52, "longitude": 13.405}},
    "live_location": {"location": {"latitude": -1, "longitude": 2.5, "live_period": 900}},
    "venue": {
        "venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "Café", "address": "Main Street 1"},
        "location": {"latitude": 1.5, "longitude": 2.5},
    },
    "contact": {"contact": {"phone_number": "+491234", "first_name": "Bob", "last_name": "Ross", "user_id": 7}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "Lunch?",
            "options": [
                {"persistent_id": "0", "text": "Yes", "voter_count": 0},
                {"persistent_id": "1", "text": "No", "voter_count": 0},
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "story": {"story": {"chat": {"id": -1005550000000, "title": "News", "type": "channel"}, "id": 3}},
}


def message(update_id: int = 10001, **changes: Any) -> dict[str, Any]:
    """A text message in a private chat; ``None`` takes a field out."""
    fields = {"message_id": 1365, "from": ANN, "chat": PRIVATE, "date": 1_767_225_600, "text": "Hello"} | changes
    return {"update_id": update_id, "message": {key: value for key, value in fields.items() if value is not None}}


def channel_post(update_id: int = 10002, **changes: Any) -> dict[str, Any]:
    fields = {"message_id": 7, "sender_chat": CHANNEL, "chat": CHANNEL, "date": 1_767_225_600, "text": "News!"}
    return {"update_id": update_id, "channel_post": fields | changes}


def edited(update: dict[str, Any]) -> dict[str, Any]:
    """The same message, changed by who wrote it."""
    kind = "message" if "message" in update else "channel_post"
    return {"update_id": update["update_id"], f"edited_{kind}": update[kind] | {"edit_date": 1_767_225_700}}


def reaction(
    update_id: int = 10003, old: Sequence[str] = (), new: Sequence[str] = (), **changes: Any
) -> dict[str, Any]:
    """A change of somebody's reactions to a message; ``None`` takes a field out."""
    emoji = {name: [{"type": "emoji", "emoji": each} for each in given] for name, given in (("old", old), ("new", new))}
    fields = {
        "chat": PRIVATE,
        "message_id": 1365,
        "user": ANN,
        "date": 1_767_225_600,
        "old_reaction": emoji["old"],
        "new_reaction": emoji["new"],
    } | changes
    changed = {key: value for key, value in fields.items() if value is not None}
    return {"update_id": update_id, "message_reaction": changed}


def body(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()
