"""What was decided over senders, remembered for a few seconds, so that a chatty one is not looked up every time."""

from __future__ import annotations

import threading
from collections import OrderedDict

from openclaw.domain.access import Standing
from openclaw.ports.clock import Clock
from openclaw.ports.senders import SenderStore

#: A process that nobody tells of a decision learns of it by then.
KEEP_MS = 5_000
MAX_ENTRIES = 20_000

SenderName = tuple[str, str, str]


class KnownSenders:
    """Thread-safe. That nothing was decided is remembered too, but believed only by who asks for refusals."""

    def __init__(self, store: SenderStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[SenderName, tuple[Standing | None, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._version = 0

    def standing(self, sender: SenderName, *, newly_approved_counts: bool) -> Standing | None:
        """What was decided over a sender. Raises StoreUnavailable.

        With ``newly_approved_counts`` an approval counts at once, on whatever process it was given.
        """
        with self._lock:
            standing, until = self._known.get(sender, (None, 0))
            version = self._version
        if until > self._clock() and (standing is not None or not newly_approved_counts):
            return standing
        found = self._store.standing(*sender)
        with self._lock:
            if version == self._version:  # else it was decided while we looked
                self._known[sender] = (found, self._clock() + KEEP_MS)
                self._known.move_to_end(sender)
                if len(self._known) > MAX_ENTRIES:
                    self._known.popitem(last=False)
        return found

    def forget(self, sender: SenderName) -> None:
        """It was decided over a sender anew."""
        with self._lock:
            self._version += 1
            self._known.pop(sender, None)
