"""What messages, people and chats are called between us and signal-cli.

Signal knows a message by who wrote it and when (milliseconds since 1970). Ours are called by the time alone, those of
others ``AUTHOR:TIME``. A chat is a person's id or number, ``group:ID`` or ``username:NAME``. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_target import UNQUOTED, is_quoting
from openclaw.errors import ChannelRejected

GROUP, USERNAME = "group:", "username:"
#: Before the message that a route answers without quoting it: read receipts need it too. To quote it is the runtime's
#: wish, which then names the message alone.


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are: by number, and by Signal's own id where it is known."""

    number: str
    uuid: str = ""

    def is_one_of(self, *names: str) -> bool:
        return bool({self.number, self.uuid} & set(names) - {""})


@dataclass(frozen=True, slots=True)
class MessageName:
    """A message; ``author`` is empty for one of ours."""

    time: int
    author: str = ""

    def __str__(self) -> str:
        return f"{self.author}:{self.time}" if self.author else str(self.time)


def message_named(text: str) -> MessageName:
    """Read what ``str`` of a name wrote. Raises ChannelRejected."""
    author, _, time = text.rpartition(":")
    if not (time.isascii() and time.isdecimal()):
        raise ChannelRejected(f"signal: {text!r} is no message")
    return MessageName(int(time), author)


def answering(name: MessageName) -> str:
    """The ``reply_to`` of a route that answers this message."""
    return f"{UNQUOTED}{name}"


def answered(route: ReplyRoute) -> MessageName | None:
    """The message that the route answers. Raises ChannelRejected."""
    text = (route.reply_to or "").removeprefix(UNQUOTED)
    return message_named(text) if text else None


def quoted(route: ReplyRoute) -> MessageName | None:
    """The message that what leaves by this route quotes. Raises ChannelRejected."""
    return answered(route) if is_quoting(route.reply_to) else None


def addressed(target: str) -> dict[str, Any]:
    """A chat as the parameters of a call."""
    if target.startswith(GROUP):
        return {"groupId": target.removeprefix(GROUP)}
    if target.startswith(USERNAME):
        return {"username": [target.removeprefix(USERNAME)]}
    return {"recipient": [target]}
