"""Events as Google's pages show them, shortened to what is read and a little more.

https://developers.google.com/workspace/chat/receive-respond-interactions and, for add-ons,
https://developers.google.com/workspace/add-ons/concepts/event-objects#chat-event-object.
"""

from __future__ import annotations

import json
from typing import Any

PERSON = {
    "name": "users/12345678901234567890",
    "displayName": "Sasha",
    "avatarUrl": "https://lh3.googleusercontent.com/.../photo.jpg",
    "email": "sasha@example.com",
    "type": "HUMAN",
    "domainId": "abc",
}
BOT = {"name": "users/98765", "displayName": "Claw", "type": "BOT"}
ROOM = {
    "name": "spaces/ROOM",
    "type": "ROOM",
    "displayName": "Chuck Norris Discussion Room",
    "spaceType": "SPACE",
    "spaceThreadingState": "THREADED_MESSAGES",
}
DIRECT = {"name": "spaces/DM42", "type": "DM", "spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}
MENTION = {
    "length": 5,
    "startIndex": 0,
    "userMention": {"type": "MENTION", "user": BOT},
    "type": "USER_MENTION",
}
TIME = "2026-11-28T10:20:30.400000Z"


def message(text: str = "@Claw hello", number: int = 1, space: dict[str, Any] = ROOM, **more: Any) -> dict[str, Any]:
    """A message as it stands in an event."""
    made = {
        "name": f"{space['name']}/messages/T{number}.M{number}",
        "sender": PERSON,
        "createTime": TIME,
        "text": text,
        "thread": {"name": f"{space['name']}/threads/T{number}"},
        "space": space,
        "argumentText": text.removeprefix("@Claw"),
        "markupSyntax": "MARKUP_SYNTAX_CHAT",
    }
    if text.startswith("@Claw"):
        made["annotations"] = [MENTION]
    return made | more


def event(kind: str = "MESSAGE", **more: Any) -> dict[str, Any]:
    """An event of an app of its own."""
    return {"type": kind, "eventTime": TIME, "user": PERSON, "space": ROOM} | more


def said(text: str = "@Claw hello", number: int = 1, space: dict[str, Any] = ROOM, **more: Any) -> dict[str, Any]:
    """Somebody writes to the app."""
    return event(space=space, message=message(text, number, space, **more), thread={"name": "x"})


def add_on(payload: str, parameters: dict[str, str] | None = None, **content: Any) -> dict[str, Any]:
    """An event of an app that is built as an add-on."""
    common = {"hostApp": "CHAT", "platform": "WEB"} | ({"parameters": parameters} if parameters else {})
    return {
        "commonEventObject": common,
        "authorizationEventObject": {"systemIdToken": "…"},
        "chat": {"user": PERSON, "eventTime": TIME, payload: {"space": ROOM} | content},
    }


def body(data: Any) -> bytes:
    return json.dumps(data).encode()
