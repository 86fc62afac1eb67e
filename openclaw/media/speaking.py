"""Speech for replies, made away from turns: the row waits in the outbox, and what is behind it waits too.

Nothing is lost when nobody can speak: the words have left before, as text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from openclaw.errors import SpeechFailed
from openclaw.ports.clock import Clock
from openclaw.ports.speech import SpeakingVoice, SpeechJob, SpeechQueue

log = logging.getLogger(__name__)

#: A claim outlives three vendors that take their whole time, and a summary. Milliseconds.
CLAIM_MS = 150_000
#: Makers that may die over one row.
MAX_ATTEMPTS = 3
_ERROR_CHARS = 500


class Speaking:
    """Thread-safe. ``ring`` wakes the senders of conversations."""

    def __init__(
        self, queue: SpeechQueue, voice: SpeakingVoice, ring: Callable[[Sequence[str]], object], clock: Clock
    ) -> None:
        self._queue = queue
        self._voice = voice
        self._ring = ring
        self._clock = clock

    def speak(self, run_id: str) -> int:
        """Make the speech that a run's reply waits for; how much was made. Raises StoreUnavailable."""
        jobs = self._queue.claim(run_id, self._clock(), CLAIM_MS)
        made = sum(self._make(job) for job in jobs)
        if jobs:
            self._ring(list(dict.fromkeys(job.conversation for job in jobs)))
        return made

    def due(self, limit: int) -> list[str]:
        """Runs whose speech nobody is at."""
        return self._queue.due(self._clock(), limit)

    def _make(self, job: SpeechJob) -> bool:
        try:
            if job.attempts > MAX_ATTEMPTS:
                raise SpeechFailed("its makers died too often")
            sound = self._voice.speak(job.speech)
        except SpeechFailed as error:
            log.warning("the reply of run %s is only written: %s", job.run_id, error)
            self._queue.given_up(job, f"SpeechFailed: {error}"[:_ERROR_CHARS], self._clock())
            return False
        return self._queue.made(job, sound, self._clock())
