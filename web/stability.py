"""The newest events that tell of trouble in this process, for operators that ask.

Whatever a part of ours logs as a warning or worse is one: a lost Redis, a slow client, a configuration that cannot be
used. Kept in memory alone, so it begins anew with the process; the log has everything.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from typing import Any

CAPACITY = 1000
#: Characters of one event's words.
MAX_REASON = 300
#: The packages whose warnings count.
OURS = ("openclaw", "web", "workers")


class StabilityLog(logging.Handler):
    """A ring of events. Thread-safe."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._events: deque[dict[str, Any]] = deque(maxlen=CAPACITY)
        self._seq = 0
        self._guard = threading.Lock()

    def attach(self) -> None:
        """Begin to hear of what is logged."""
        for name in OURS:
            logging.getLogger(name).addHandler(self)

    def detach(self) -> None:
        for name in OURS:
            logging.getLogger(name).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Note one event."""
        try:
            reason = record.getMessage()
        except (TypeError, ValueError):  # its own arguments do not fit: the log says so
            reason = str(record.msg)
        event = {
            "ts": int(record.created * 1000),
            "type": record.name,
            "outcome": record.levelname.lower(),
            "reason": reason[:MAX_REASON],
        }
        with self._guard:
            self._seq += 1
            self._events.append({"seq": self._seq, **event})

    def snapshot(self, limit: int, since_seq: int = 0, kind: str = "") -> dict[str, Any]:
        """The newest events, the oldest of them first, and how many there are of each kind."""
        with self._guard:
            events = list(self._events)
            seq = self._seq
        found = [event for event in events if event["seq"] > since_seq and kind in ("", event["type"])]
        return {
            "capacity": CAPACITY,
            "count": len(found),
            "dropped": seq - len(events),
            "firstSeq": events[0]["seq"] if events else None,
            "lastSeq": seq or None,
            "events": found[-limit:],
            "summary": {"byType": dict(Counter(event["type"] for event in found))},
        }
