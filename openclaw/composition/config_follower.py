"""Follows the newest config version in SQL: one cheap query a second, in every gateway, worker and connector.

Asking, rather than being told through Redis, keeps the promise of two seconds while Redis is away too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from openclaw.composition.live_settings import LiveSettings
from openclaw.errors import ConfigError, StoreUnavailable
from openclaw.ports.config_store import ConfigStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


class ConfigFollower:
    """One ordinary daemon thread; ``look`` may also be called from elsewhere, to follow at once.

    ``glance`` is called more often on the same thread, for what else may have changed.
    """

    def __init__(
        self,
        live: LiveSettings,
        store: ConfigStore,
        *,
        glance: Callable[[], None] = lambda: None,
        glance_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._live = live
        self._store = store
        self._glance = glance
        self._glance_seconds = glance_seconds
        self._refused = 0
        self._away = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="config-follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def look(self) -> bool:
        """Take the newest version if it is new; true when something was taken. Raises StoreUnavailable."""
        with self._lock:
            newest = self._store.latest_id()
            if newest in (0, self._live.current.version, self._refused):
                return False
            version = self._store.latest()
            if version is None:
                return False
            try:
                self._live.take(version)
            except ConfigError as error:
                self._refused = version.id
                log.error("config version %d is not followed: %s", version.id, error)  # noqa: TRY400 - no bug of ours
                return False
            return True

    def _run(self) -> None:
        looked = time.monotonic()
        while not self._stopped.wait(self._glance_seconds):
            try:
                self._glance()
                if time.monotonic() - looked >= LOOK_SECONDS:
                    looked = time.monotonic()
                    self.look()
                self._away = False
            except StoreUnavailable as error:
                if not self._away:
                    log.warning("the config versions cannot be read: %s", error)
                self._away = True
            except Exception:  # a process that stops following would drift apart from its cluster
                log.exception("following the configuration failed")
