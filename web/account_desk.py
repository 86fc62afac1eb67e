"""Channel accounts as operators see and command them: what they wish is SQL's, how an account stands is Redis's."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from openclaw.errors import RedisUnavailable
from openclaw.ports.accounts import (
    RUNNING,
    AccountBoard,
    AccountName,
    AccountStatus,
    AccountStore,
    AccountWish,
    Errand,
    ErrandBell,
)
from openclaw.ports.clock import Clock

log = logging.getLogger(__name__)

#: How often a link that people make is looked at, in seconds; and how many are waited for at once.
LOOK_SECONDS = 0.2
WAITING_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """Thread-safe. Raises StoreUnavailable; Redis being away only makes what is known less, and what is done later."""

    store: AccountStore
    board: AccountBoard
    bell: ErrandBell
    clock: Clock
    _waiting: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(WAITING_AT_ONCE))

    def wishes(self) -> Mapping[AccountName, AccountWish]:
        """What operators have said of accounts."""
        return self.store.wishes()

    def statuses(self, names: Sequence[AccountName]) -> dict[AccountName, AccountStatus]:
        """How those accounts stand that a connector holds or has held."""
        try:
            return self.board.look(names)
        except RedisUnavailable as error:
            log.warning("how accounts stand is not known: %s", error)
            return {}

    def start(self, name: AccountName) -> None:
        """Let an account run, and try at once."""
        self.store.start(name, self.clock())
        self._tell()

    def stop(self, name: AccountName, *, unlink: bool = False) -> None:
        """Let an account not run until it is started; unlink it first if so asked."""
        self.store.stop(name, self.clock(), unlink=unlink)
        self._tell()

    def unlink(self, name: AccountName, seconds: float) -> None:
        """Unlink an account and wait until that is done, at most so long: nobody may hold it."""
        self.stop(name, unlink=True)
        deadline = time.monotonic() + seconds
        while self.wishes().get(name, RUNNING).unlink and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)

    def wait(self, name: AccountName, until: Callable[[AccountStatus], bool], seconds: float) -> AccountStatus | None:
        """Wait until an account stands so; how it stands then, or at the end of the time."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.statuses([name]).get(name)
            if (status is not None and until(status)) or time.monotonic() >= deadline:
                return status
            time.sleep(LOOK_SECONDS)

    def on_own_thread(self, work: Callable[[], None]) -> bool:
        """Run something that waits for people; false when too much waits already."""
        if not self._waiting.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                work()
            finally:
                self._waiting.release()

        threading.Thread(target=run, name="account-wait", daemon=True).start()
        return True

    def _tell(self) -> None:
        try:
            self.bell.ring(Errand("look"))
        except RedisUnavailable as error:
            log.warning("the connectors will see it a little later: %s", error)
