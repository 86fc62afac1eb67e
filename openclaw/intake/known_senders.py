"""What was decided over senders, remembered for a few seconds, so that a chatty one is not looked up every time.

Nor is each of many strangers who write to an open account at once, as long as nobody was refused there: that is one
answer for all of them.
"""

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
        #: Accounts where nobody was refused, and until when that is believed.
        self._open: dict[tuple[str, str], int] = {}
        self._known: OrderedDict[SenderName, tuple[Standing | None, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._version = 0

    def standing(self, sender: SenderName, *, newly_approved_counts: bool) -> Standing | None:
        """What was decided over a sender. Raises StoreUnavailable.

        With ``newly_approved_counts`` an approval counts at once, on whatever process it was given. Without, only
        refusals are told for sure.
        """
        with self._lock:
            standing, until = self._known.get(sender, (None, 0))
            version = self._version
        if until > self._clock() and (standing is not None or not newly_approved_counts):
            return standing
        if not newly_approved_counts and self._refuses_nobody(sender[:2], version):
            return None
        found = self._store.standing(*sender)
        with self._lock:
            if version == self._version:  # else it was decided while we looked
                self._known[sender] = (found, self._clock() + KEEP_MS)
                self._known.move_to_end(sender)
                if len(self._known) > MAX_ENTRIES:
                    self._known.popitem(last=False)
        return found

    def _refuses_nobody(self, account: tuple[str, str], version: int) -> bool:
        with self._lock:
            until = self._open.get(account, 0)
        if until > self._clock():
            return True
        if self._store.refuses_anybody(*account):
            return False
        with self._lock:
            if version == self._version:
                self._open[account] = self._clock() + KEEP_MS
        return True

    def forget(self, sender: SenderName) -> None:
        """It was decided over a sender anew."""
        with self._lock:
            self._version += 1
            self._known.pop(sender, None)
            self._open.pop(sender[:2], None)
