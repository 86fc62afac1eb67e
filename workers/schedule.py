"""Beat: maintenance by the clock, and the lease that lets several beats run without doubling it.

Beat only pokes. What it pokes is idempotent and reads its work from SQL, so a missed or doubled poke is harmless.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from celery.beat import PersistentScheduler

from openclaw.composition.redis_parts import open_redis
from openclaw.composition.settings import process_settings
from openclaw.errors import RedisUnavailable

log = logging.getLogger(__name__)

#: Seconds a beat leads without renewing; it renews on every pass.
LEADER_SECONDS = 15

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {"task": "maintenance.sweep", "schedule": 10.0, "options": {"queue": "maintenance", "expires": 10}},
    "media": {"task": "media.sweep", "schedule": 60.0, "options": {"queue": "media", "expires": 60}},
}


class LeaderScheduler(PersistentScheduler):  # type: ignore[misc]
    """Celery's own scheduler, ticking only while it holds the lease ``beat``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lease: Any = None
        self._leading = False

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due if this beat leads; seconds until the next pass."""
        if not self._lead():
            return LEADER_SECONDS / 3
        delay = super().tick(*args, **kwargs)
        return min(delay, LEADER_SECONDS / 3) if delay is not None else LEADER_SECONDS / 3

    def close(self) -> None:
        """Give the lease up so that another beat leads at once."""
        if self._leading and self._lease is not None:
            try:
                self._lease.release()
            except RedisUnavailable as error:
                log.warning("the beat lease runs out by itself: %s", error)
        super().close()

    def _lead(self) -> bool:
        if self._lease is None:
            self._lease = open_redis(process_settings()).lease("beat", f"beat-{uuid.uuid4()}", LEADER_SECONDS * 1000)
        try:
            leading = self._lease.renew() if self._leading else self._lease.acquire()
        except RedisUnavailable as error:
            log.warning("beat cannot see its lease and sends nothing: %s", error)
            return False
        if leading != self._leading:
            log.info("this beat %s", "leads now" if leading else "no longer leads")
        self._leading = bool(leading)
        return self._leading
