"""Starting the gateway: named steps in a fixed order, each timed; what a step began is ended in reverse.

The first steps are done before the process serves at all; the rest run while it answers that it is starting. A step
that fails names itself, and everything before it is undone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

#: Ends what a step began.
Undo = Callable[[], None]


class StartFailed(Exception):
    """A step could not be done; everything before it has been undone."""

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__(f"the gateway's start step {step!r} failed: {error}")
        self.step = step


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``begin`` gives what ends it again, or ``None`` where there is nothing to end."""

    name: str
    begin: Callable[[], Undo | None]


@dataclass(slots=True)
class StepReport:
    """How a step went, for the log and for ``status``."""

    name: str
    #: ``pending``, ``running``, ``done`` or ``failed``.
    state: str = "pending"
    milliseconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {"step": self.name, "state": self.state, "ms": round(self.milliseconds, 1)}


@dataclass(slots=True)
class Startup:
    """Thread-safe for reading. ``run`` once, ``undo`` at the end."""

    steps: list[StepReport] = field(default_factory=list)
    failure: StartFailed | None = None
    _undo: list[tuple[str, Undo]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def announce(self, steps: list[Step]) -> None:
        """Say which steps are still to come, so that whoever asks sees what is missing."""
        self.steps.extend(StepReport(step.name) for step in steps)

    def did(self, name: str, started: float) -> None:
        """Report a step that was done before there was a gateway; ``started`` is of ``time.perf_counter``."""
        report = StepReport(name, "done", (time.perf_counter() - started) * 1000)
        self.steps.append(report)
        log.info("start: %s in %.1f ms", name, report.milliseconds)

    def run(self, steps: list[Step]) -> None:
        """Do the steps that were announced. Raises StartFailed."""
        try:
            for step in steps:
                self._run(step)
        except StartFailed as failed:
            self.failure = failed
            log.critical("%s", failed, exc_info=failed.__cause__)
            self.undo()
            raise
        finally:
            self._over.set()
        log.info("start: ready after %.0f ms", sum(report.milliseconds for report in self.steps))

    def undo(self) -> None:
        """End everything in reverse. A second call does nothing."""
        while True:
            with self._lock:
                if not self._undo:
                    return
                name, undo = self._undo.pop()
            try:
                undo()
            except Exception:  # whatever could not be ended, the rest still must be
                log.exception("the gateway's step %r could not be ended", name)

    @property
    def ready(self) -> bool:
        return self._over.is_set() and self.failure is None

    @property
    def missing(self) -> list[str]:
        """The steps that are not done."""
        return [report.name for report in self.steps if report.state != "done"]

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the start; whether the gateway is ready."""
        self._over.wait(seconds)
        return self.ready

    def _run(self, step: Step) -> None:
        report = next(report for report in self.steps if report.name == step.name)
        report.state, started = "running", time.perf_counter()
        try:
            undo = step.begin()
        except Exception as error:
            report.state = "failed"
            raise StartFailed(step.name, error) from error
        finally:
            report.milliseconds = (time.perf_counter() - started) * 1000
        if undo is not None:
            with self._lock:
                self._undo.append((step.name, undo))
        report.state = "done"
        log.info("start: %s in %.1f ms", step.name, report.milliseconds)
