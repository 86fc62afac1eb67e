"""The two forms of Google Chat's events as one. Pure.

An app of its own gets https://developers.google.com/workspace/chat/api/reference/rest/v1/Event, one that is built as an
add-on https://developers.google.com/workspace/add-ons/concepts/event-objects#chat-event-object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from openclaw.channel_kit.shapes import Malformed, maybe_obj, obj, objects, text

Kind = Literal["message", "added", "removed", "pressed"]

#: By the word in ``type``.
_KINDS: dict[str, Kind] = {
    "MESSAGE": "message",
    "ADDED_TO_SPACE": "added",
    "REMOVED_FROM_SPACE": "removed",
    "CARD_CLICKED": "pressed",
}
#: By the payload that an add-on's event has.
_PAYLOADS: dict[str, Kind] = {
    "messagePayload": "message",
    "appCommandPayload": "message",
    "addedToSpacePayload": "added",
    "removedFromSpacePayload": "removed",
    "buttonClickedPayload": "pressed",
}


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """What happened, to whom, where."""

    kind: Kind
    user: Mapping[str, Any]
    space: Mapping[str, Any]
    #: Empty where there is none.
    message: Mapping[str, Any]
    time: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_event(data: Mapping[str, Any]) -> ChatEvent | None:
    """Read an event of either form; ``None`` for kinds that we do not know. Raises Malformed."""
    if "chat" in data:
        return _of_add_on(data)
    if "type" not in data:
        raise Malformed("the event has neither type nor chat")
    kind = _KINDS.get(text(data, "type"))
    if kind is None:
        return None
    message = maybe_obj(data, "message")
    parameters = {text(each, "key"): text(each, "value") for each in objects(maybe_obj(data, "action"), "parameters")}
    space = obj(data, "space") if "space" in data else obj(message, "space")
    return ChatEvent(kind, obj(data, "user"), space, message, text(data, "eventTime"), parameters)


def _of_add_on(data: Mapping[str, Any]) -> ChatEvent | None:
    chat = obj(data, "chat")
    name = next((name for name in _PAYLOADS if name in chat), None)
    if name is None:
        return None
    payload = obj(chat, name)
    message = maybe_obj(payload, "message")
    space = obj(payload, "space") if "space" in payload else obj(message, "space")
    given = maybe_obj(maybe_obj(data, "commonEventObject"), "parameters")
    parameters = {key: text(given, key) for key in given}
    return ChatEvent(_PAYLOADS[name], obj(chat, "user"), space, message, text(chat, "eventTime"), parameters)
