"""Server-sent events out of bytes as they come, after https://html.spec.whatwg.org/multipage/server-sent-events.html.

A line ends with a line feed and nothing else: signal-cli writes other separators of lines into its JSON as they are.
"""

from __future__ import annotations


class EventStream:
    """The data of one stream's events. For one thread. ``left_out`` counts events of more than ``max_bytes``."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self.left_out = 0

    def feed(self, piece: bytes) -> list[str]:
        """Take what has come, and return the data of each event that it completes."""
        events = []
        *complete, rest = piece.split(b"\n")
        for end in complete:
            self._extend(end)
            line = bytes(self._line).removesuffix(b"\r")
            self._line.clear()
            if line:
                self._take(line)
            else:
                events += self._finish()
        self._extend(rest)
        return events

    def _extend(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._max_bytes:
            self._line += part

    def _take(self, line: bytes) -> None:
        """Comments keep the connection open; of the fields only the data is of use here."""
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif not self._data:
            self._size = 0

    def _finish(self) -> list[str]:
        data, too_long = self._data, self._size > self._max_bytes
        self._data, self._size = [], 0
        if too_long:
            self.left_out += 1
            return []
        return [b"\n".join(data).decode("utf-8", "replace")] if data else []
