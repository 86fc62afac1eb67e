"""How far an account's events were stored: where its session goes on, and what was last seen in each channel.

A session can be resumed for some minutes, by another process too; after that the channels are read from where they
were left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from openclaw.channel_kit.shapes import Malformed, integer, json_object, maybe_obj, string, text
from openclaw.channels.discord.limits import is_snowflake

#: How many channels are read after an absence: those with the latest messages.
MOST_CHANNELS = 50


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the gateway, and the last of its events that was stored."""

    id: str
    #: Where it can be resumed.
    url: str
    seq: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the next connection goes on from."""

    #: Whose it is: another token may be another bot's.
    bot_id: str = ""
    session: Session | None = None
    #: The last message of each channel.
    channels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: str, bot_id: str) -> Self:
        """What was stored for this bot; an empty one for anything else."""
        try:
            data = json_object(stored)
            if string(data, "bot") != bot_id:
                return cls(bot_id)
            session, channels = maybe_obj(data, "session"), maybe_obj(data, "channels")
            return cls(
                bot_id,
                Session(string(session, "id"), string(session, "url"), integer(session, "seq")) if session else None,
                {each: last for each in channels if is_snowflake(last := text(channels, each))},
            )
        except Malformed:
            return cls(bot_id)

    def write(self) -> str:
        data: dict[str, Any] = {"bot": self.bot_id, "channels": dict(self.channels)}
        if self.session is not None:
            data["session"] = {"id": self.session.id, "url": self.session.url, "seq": self.session.seq}
        return json.dumps(data, separators=(",", ":"))

    def at(self, session: Session | None) -> Self:
        """The same in another session, or further on in it."""
        return replace(self, session=session)

    def seen(self, channel_id: str, message_id: str) -> Self:
        """With this message, if it is later than what was seen in its channel."""
        if not is_snowflake(message_id) or int(message_id) <= int(self.channels.get(channel_id) or 0):
            return self
        latest = sorted({**self.channels, channel_id: message_id}.items(), key=lambda item: int(item[1]))
        return replace(self, channels=dict(latest[-MOST_CHANNELS:]))

    def without(self, channel_id: str) -> Self:
        """Without a channel that can be read no more."""
        return replace(self, channels={each: last for each, last in self.channels.items() if each != channel_id})
