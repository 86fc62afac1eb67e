"""How runs end, and who waits for it.

Ends are heard from the stream. One that was missed is found in the database: whoever waits is looked after by
``unfinished`` and ``ended``, so that no thread ever blocks on a run. A run that was merged or steered into another one
ends with it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openclaw.domain.events import RunRef
from openclaw.domain.run import Disposition, RunStatus, Usage
from openclaw.ports.store import RunView

#: Ends that are remembered for those who ask too late.
MAX_REMEMBERED = 1000
_WITHOUT_TURN = frozenset({Disposition.DROPPED, Disposition.ABORTED, Disposition.REJECTED})


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. Times in milliseconds since the epoch."""

    run_id: str
    status: RunStatus
    session_key: str = ""
    session_uuid: str = ""
    agent_id: str = ""
    stop_reason: str = ""
    text: str = ""
    error: str = ""
    error_kind: str = ""
    provider: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    started_at_ms: int = 0
    ended_at_ms: int = 0
    tools: tuple[str, ...] = ()
    merged_run_ids: tuple[str, ...] = ()

    @classmethod
    def from_view(cls, view: RunView) -> RunEnd | None:
        """The end as the database has it; ``None`` while the run goes on."""
        status = view.status
        if view.disposition in _WITHOUT_TURN and not status.is_final:
            status = RunStatus.ABORTED
        if not status.is_final:
            return None
        return cls(
            run_id=view.run_id,
            status=status,
            session_key=view.session_key,
            agent_id=view.agent_id,
            stop_reason=view.stop_reason or (view.disposition.value if view.disposition else ""),
            text=view.text,
            error=view.error,
            error_kind=view.error_kind,
            provider=view.provider,
            model=view.model,
            usage=view.usage,
            started_at_ms=view.started_at_ms,
            ended_at_ms=view.ended_at_ms,
        )

    def to_data(self) -> dict[str, Any]:
        """The data of an ``end`` event of a run's stream."""
        return {
            "status": self.status.value,
            "stop_reason": self.stop_reason,
            "text": self.text,
            "error": self.error,
            "error_kind": self.error_kind,
            "provider": self.provider,
            "model": self.model,
            "usage": self.usage.to_json(),
            "started_at_ms": self.started_at_ms,
            "ended_at_ms": self.ended_at_ms,
            "merged_run_ids": list(self.merged_run_ids),
        }


def ended_turns(views: Sequence[RunView]) -> list[tuple[RunEnd, RunRef]]:
    """The turns that promised runs ended in, each with the runs that were merged or steered into it."""
    turns: dict[str, RunView] = {}
    guests: dict[str, list[str]] = {}
    for view in views:
        turns.setdefault(view.turn_run_id, replace(view, run_id=view.turn_run_id))
        if view.run_id != view.turn_run_id:
            guests.setdefault(view.turn_run_id, []).append(view.run_id)
    found = []
    for run_id, view in turns.items():
        end = RunEnd.from_view(view)
        if end is not None:
            run = RunRef(run_id, view.session_id, view.session_key, view.agent_id, fence=0)
            found.append((replace(end, merged_run_ids=tuple(guests.get(run_id, ()))), run))
    return found


Told = Callable[[RunEnd], None]


@dataclass(slots=True, eq=False)
class Waiter:
    """Someone who is told once how a run ended."""

    run_id: str
    told: Told
    ends: RunEnds

    def cancel(self) -> bool:
        """Stop waiting; false when it was told already."""
        return self.ends.forget(self)

    @property
    def waiting(self) -> bool:
        return self.ends.knows(self)


class RunEnds:
    """Who waits for which run. Thread-safe; those who wait are told outside the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Waiter]] = {}
        self._recent: OrderedDict[str, RunEnd] = OrderedDict()
        #: Runs whose message was taken into another run that still goes on.
        self._hosts: OrderedDict[str, str] = OrderedDict()

    def wait(self, run_id: str, told: Told) -> Waiter:
        """Tell how a run ends; at once when it is known."""
        waiter = Waiter(run_id, told, self)
        with self._lock:
            end = self._recent.get(run_id)
            if end is None:
                self._waiting.setdefault(run_id, []).append(waiter)
        if end is not None:
            told(end)
        return waiter

    def knows(self, waiter: Waiter) -> bool:
        with self._lock:
            return waiter in self._waiting.get(waiter.run_id, ())

    def forget(self, waiter: Waiter) -> bool:
        with self._lock:
            waiters = self._waiting.get(waiter.run_id, [])
            if waiter not in waiters:
                return False
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[waiter.run_id]
        return True

    def joined(self, run_ids: list[str], host: str) -> None:
        """Note that runs end when ``host`` does."""
        with self._lock:
            for run_id in run_ids:
                self._hosts[run_id] = host
            while len(self._hosts) > MAX_REMEMBERED:
                self._hosts.popitem(last=False)

    def ended(self, end: RunEnd) -> None:
        """Tell everyone who waits for this run or one that it took in. The second time changes nothing."""
        told: list[tuple[Told, RunEnd]] = []
        with self._lock:
            guests = [run_id for run_id, host in self._hosts.items() if host == end.run_id]
            for run_id in {end.run_id, *end.merged_run_ids, *guests}:
                self._hosts.pop(run_id, None)
                own = end if run_id == end.run_id else replace(end, run_id=run_id, merged_run_ids=())
                self._recent[run_id] = own
                told.extend((waiter.told, own) for waiter in self._waiting.pop(run_id, ()))
            while len(self._recent) > MAX_REMEMBERED:
                self._recent.popitem(last=False)
        for tell, own in told:
            tell(own)

    def unfinished(self) -> list[str]:
        """The runs somebody waits for."""
        with self._lock:
            return list(self._waiting)
