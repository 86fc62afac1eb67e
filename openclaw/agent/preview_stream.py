"""Shows an answer while it is written, in one message that the reply then takes the place of.

Best effort, and away from the turn: every call to the platform is a job on another thread, one at a time. The
message's id is stored under the turn's fence as soon as the platform has told it, and the turn's first reply edits that
message, whoever writes the reply.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial

from openclaw.domain.reply_rules import PreviewMode
from openclaw.domain.silence import may_be_silent
from openclaw.domain.speech import as_shown
from openclaw.errors import ChannelError, ChannelRejected, StoreUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.preview import PreviewSurface

log = logging.getLogger(__name__)

#: A turn that is over sooner has no preview. Milliseconds.
FIRST_AFTER_MS = 1_000
#: How long the end of a turn waits for a call that is on its way. Seconds.
PATIENCE_SECONDS = 1.0
#: A call that takes longer than that is over by then: the reply must not be overtaken by it. Milliseconds.
LATE_CALL_MS = 30_000
#: Tools that are named while they work.
_SHOWN_TOOLS = 5


class PreviewStream:
    """For one turn; the watcher's methods are for its thread."""

    def __init__(
        self,
        surface: PreviewSurface,
        mode: PreviewMode,
        note: Callable[[str], bool],
        goes_on: Callable[[], bool],
        clock: Clock,
        prefix: Callable[[], str],
        message_id: str = "",
    ) -> None:
        """``note`` stores the message's id, false when the turn is over; ``goes_on`` says whether it is still ours."""
        self._surface = surface
        self._mode = mode
        self._note = note
        self._goes_on = goes_on
        self._clock = clock
        self._prefix = prefix
        self._message_id = message_id
        self._said: list[str] = []
        self._tools: list[str] = []
        self._shown = ""
        self._next_ms = clock() + FIRST_AFTER_MS
        self._stopped = False
        self._job: Future[None] | None = None
        self._lock = threading.Lock()

    def text(self, delta: str) -> None:
        """The model said something."""
        self._said.append(delta)
        self.tick()

    def restart(self) -> None:
        """What was said is void, or another answer begins."""
        self._said.clear()

    def tool(self, name: str) -> None:
        """A tool begins to work."""
        self._tools.append(name)
        self.tick()

    def tick(self) -> None:
        """Show what there is, if it is time and nothing is on its way."""
        now = self._clock()
        if self._stopped or now < self._next_ms or (self._job is not None and not self._job.done()):
            return
        text = self._wanted()
        if not text or text == self._shown:
            return
        self._next_ms = now + self._surface.interval_ms
        self._shown = text
        self._job = self._surface.run(partial(self._show, text))

    def settle(self) -> int:
        """Show nothing more for now; how long the reply must wait for a call on its way, in milliseconds."""
        self._stopped = True
        job = self._job
        if job is None or job.cancel():
            return self._close()
        try:
            job.result(PATIENCE_SECONDS)
        except FutureTimeout:
            with self._lock:
                # One that is not known yet takes itself back.
                return LATE_CALL_MS if self._message_id else 0
        except CancelledError:
            pass
        return self._close()

    def _close(self) -> int:
        """Make the message one that the reply can take the place of; how long the reply must wait for that."""
        if not (self._message_id and self._surface.grows):
            return 0
        closing = self._surface.run(self._surface.close)
        try:
            closing.result(PATIENCE_SECONDS)
        except FutureTimeout:
            return LATE_CALL_MS
        except CancelledError:
            pass
        return 0

    def go_on(self) -> None:
        """The turn goes on after all, with another answer."""
        self._stopped = False
        self.restart()

    def over(self, *, stays: bool) -> None:
        """The turn is over: the message stays, for the reply or for itself, or it is taken back."""
        self._stopped = True
        if self._message_id and not stays:
            self._surface.run(partial(self._surface.remove, self._message_id))

    def stop(self) -> None:
        """The turn ends here, or goes on elsewhere."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def _wanted(self) -> str:
        if self._mode == "progress":
            return self._progress()
        shown = as_shown("".join(self._said)).strip()
        if not shown or may_be_silent(shown):
            return ""
        if self._mode == "block":
            shown = shown.rpartition("\n\n")[0]
        return self._surface.fit(self._prefix() + shown) if shown else ""

    def _progress(self) -> str:
        lines = [f"- {name}" for name in self._tools[-_SHOWN_TOOLS:]]
        return "\n".join(["Working…", *lines]) if lines else ""

    def _show(self, text: str) -> None:
        """On another thread."""
        if not self._goes_on():
            return
        try:
            message_id = self._surface.show(self._message_id, text)
        except ChannelError as error:
            log.debug("a preview was not shown: %s", error)
            self._stopped = self._stopped or isinstance(error, ChannelRejected)
            message_id = ""
        if not message_id:
            self._shown = ""
        elif not self._message_id:
            self._keep(message_id)

    def _keep(self, message_id: str) -> None:
        try:
            kept = self._note(message_id)
        except StoreUnavailable as error:
            log.warning("a preview's id could not be stored: %s", error)
            kept = False
        if kept:
            with self._lock:
                self._message_id = message_id
        else:
            self._stopped = True
            self._surface.remove(message_id)
