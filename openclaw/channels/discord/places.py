"""Where messages are written: direct messages, channels of a server, and threads in them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import integer, objects, string, text

#: The kinds of channels that are threads (resources/channel, "Channel Types").
THREADS = frozenset({10, 11, 12})

#: How many channels are kept in mind; others are asked for again.
_MOST_PLACES = 2_000
_HAVE_CHANNELS = ("channels", "threads")


@dataclass(frozen=True, slots=True)
class Place:
    """One channel as Discord has it. What is not known is empty."""

    guild_id: str = ""
    is_thread: bool = False
    #: The channel that a thread hangs on.
    parent_id: str = ""
    name: str = ""
    #: With whom, for direct messages.
    recipient_id: str = ""


def read_place(channel: dict[str, Any], guild_id: str = "") -> Place:
    """A channel object. Raises Malformed."""
    is_thread = integer(channel, "type") in THREADS
    recipients = objects(channel, "recipients")
    return Place(
        guild_id=text(channel, "guild_id") or guild_id,
        is_thread=is_thread,
        parent_id=text(channel, "parent_id") if is_thread else "",
        name=text(channel, "name"),
        recipient_id=string(recipients[0], "id") if recipients else "",
    )


class Places:
    """What the gateway and the API said of channels; the latest are kept. For one thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Place] = OrderedDict()

    def get(self, channel_id: str) -> Place | None:
        place = self._known.get(channel_id)
        if place is not None:
            self._known.move_to_end(channel_id)
        return place

    def put(self, channel_id: str, place: Place) -> None:
        self._known[channel_id] = place
        self._known.move_to_end(channel_id)
        if len(self._known) > _MOST_PLACES:
            self._known.popitem(last=False)

    def learn(self, event: str, data: dict[str, Any]) -> None:
        """Take in an event about channels. Raises Malformed."""
        if event == "GUILD_CREATE":
            guild_id = string(data, "id")
            for channel in (channel for kind in _HAVE_CHANNELS for channel in objects(data, kind)):
                self.put(string(channel, "id"), read_place(channel, guild_id))
        elif event in ("CHANNEL_DELETE", "THREAD_DELETE"):
            self._known.pop(string(data, "id"), None)
        else:
            self.put(string(data, "id"), read_place(data))


#: The events that ``Places.learn`` takes.
PLACE_EVENTS = frozenset(
    {
        "GUILD_CREATE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
    }
)
