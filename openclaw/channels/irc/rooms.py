"""The rooms to be in: joined after the welcome, joined again later after a kick or a refusal. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.channels.irc.config import IrcConfig
from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.limits import MAX_LINE_BYTES, MAX_REJOIN_SECONDS
from openclaw.channels.irc.line import Line, format_line

#: No such room, too many, try again, full, invite only, banned, wrong key, bad name, only for those logged in.
_REFUSED = frozenset({"403", "405", "437", "471", "473", "474", "475", "476", "477"})


class Rooms:
    """Keeps when to try which room; times are of a clock that the caller reads, in seconds."""

    def __init__(self, config: IrcConfig, me: Identity) -> None:
        self._config = config
        self._me = me
        self._due = dict.fromkeys(config.channels, 0.0)
        self._delays: dict[str, float] = {}

    def hear(self, line: Line, now: float) -> None:
        """Take in a line about one of our rooms."""
        room = self._ours(line.param(1 if line.command in _REFUSED or line.command == "INVITE" else 0))
        if room is None:
            return
        if line.command == "JOIN" and self._me.is_me(line.nick):
            self._due.pop(room, None)
            self._delays.pop(room, None)
        elif line.command in _REFUSED or (line.command == "KICK" and self._me.is_me(line.param(1))):
            self._again(room, now)
        elif line.command == "INVITE":
            self._due[room] = now

    def joins(self, now: float) -> Iterator[bytes]:
        """What is to be sent now: as few lines as can be, as each counts for the server's idea of a flood."""
        keys = self._config.channel_keys
        # Keys go to the first rooms of a line.
        due = sorted((room for room, at in self._due.items() if at <= now), key=lambda room: room not in keys)
        self._due.update(dict.fromkeys(due, now + MAX_REJOIN_SECONDS))
        while due:
            count = len(due)
            while len(line := self._join(due[:count])) > MAX_LINE_BYTES and count > 1:
                count -= 1
            yield line
            due = due[count:]

    def _join(self, rooms: list[str]) -> bytes:
        keys = [key.reveal() for room in rooms if (key := self._config.channel_keys.get(room))]
        return format_line("JOIN", ",".join(rooms), *([",".join(keys)] if keys else []))

    def next_due(self, now: float) -> float:
        """Seconds until ``joins`` has something."""
        return max(0.0, min(self._due.values(), default=now + MAX_REJOIN_SECONDS) - now)

    def _again(self, room: str, now: float) -> None:
        delay = self._delays.get(room, self._config.rejoin_seconds)
        self._delays[room] = min(2 * delay, MAX_REJOIN_SECONDS)
        self._due[room] = now + delay

    def _ours(self, name: str) -> str | None:
        folded = self._me.fold(name)
        return next((room for room in self._config.channels if self._me.fold(room) == folded), None)
