"""A small cluster on threads: lost and doubled doorbells, dying and stalling holders, lost submits.

Forty sessions of ten messages against eight slots and a stand-in for SQL that fences its writers. Everything must be
done once, in each session's order, whatever happens on the way.
"""

from __future__ import annotations

import queue
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import redis

from openclaw.coordination.keys import LANE_PREFIX
from openclaw.coordination.lanes import RedisLanes
from openclaw.ports.lanes import ClassLimit, Grant, LaneWork, Outlook
from tests.waiting import wait_until

SESSIONS, MESSAGES, WORKERS, SLOTS = 40, 10, 16, 8
LEASE_MS, GRANT_MS = 300, 200


@dataclass
class Row:
    """One session in SQL."""

    last_ordinal: int = 0
    fence: int = 0
    unfinished: list[int] = field(default_factory=list)


class Ledger:
    """Stands for SQL: durable, transactional, and it knows the highest fence that has claimed each session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows = {session_id: Row() for session_id in range(1, SESSIONS + 1)}
        self.finished: dict[int, list[int]] = {session_id: [] for session_id in self._rows}

    def accept(self, session_id: int) -> int:
        with self._lock:
            row = self._rows[session_id]
            row.last_ordinal += 1
            row.unfinished.append(row.last_ordinal)
            return row.last_ordinal

    def claim(self, session_id: int, fence: int) -> bool:
        with self._lock:
            row = self._rows[session_id]
            if row.fence >= fence:
                return False
            row.fence = fence
            return True

    def finish(self, session_id: int, fence: int) -> Outlook | None:
        """End the head of the line; ``None`` for a holder that has been fenced off."""
        with self._lock:
            row = self._rows[session_id]
            if row.fence != fence:
                return None
            if row.unfinished:
                self.finished[session_id].append(row.unfinished.pop(0))
            return Outlook(row.last_ordinal, more=bool(row.unfinished))

    def fence(self, session_id: int) -> int:
        with self._lock:
            return self._rows[session_id].fence

    def unfinished(self) -> dict[int, int]:
        """Session → last ordinal, of those with work left."""
        with self._lock:
            return {session_id: row.last_ordinal for session_id, row in self._rows.items() if row.unfinished}


class Cluster:
    """Producers, workers, reaper and sweep."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.lanes = RedisLanes(client, lease_ms=LEASE_MS, grant_ms=GRANT_MS)
        self.ledger = Ledger()
        self.counts: Counter[str] = Counter()
        self.stopped = threading.Event()
        self._doorbells: queue.Queue[Grant] = queue.Queue()
        #: At most this many workers stall at once, so that others are left to overtake them.
        self._stalls = threading.Semaphore(WORKERS // 4)
        self._random = random.Random()
        self._lock = threading.Lock()

    def ring(self, grants: list[Grant] | tuple[Grant, ...]) -> None:
        for grant in grants:
            if self.happens("doorbell lost", 0.08):
                continue
            self._doorbells.put(grant)
            if self.happens("doorbell doubled", 0.1):
                self._doorbells.put(grant)

    def happens(self, what: str, chance: float) -> bool:
        with self._lock:
            happened = self._random.random() < chance
            self.counts[what] += happened
            return happened

    def produce(self) -> None:
        order = [session_id for session_id in range(1, SESSIONS + 1) for _ in range(MESSAGES)]
        random.shuffle(order)
        for session_id in order:
            ordinal = self.ledger.accept(session_id)
            if not self.happens("submit lost", 0.1):
                self.ring(self.lanes.submit([LaneWork(session_id, ordinal)]))

    def work(self) -> None:
        while not self.stopped.is_set():
            try:
                grant = self._doorbells.get(timeout=0.05)
            except queue.Empty:
                continue
            if self.lanes.begin(grant.session_id, grant.fence, threading.current_thread().name):
                self.take_turn(grant)
            else:
                self.count("begin refused")

    def take_turn(self, grant: Grant) -> None:
        assert self.ledger.claim(grant.session_id, grant.fence), "a current grant was older than SQL's fence"
        held = int(self.client.zcard(f"{LANE_PREFIX}slots:main"))
        assert held <= SLOTS, f"{held} slots are held"
        if self.happens("crash before commit", 0.04):
            return
        if self._stalls.acquire(blocking=False):
            try:
                if self.happens("stall", 0.05):
                    wait_until(lambda: self.ledger.fence(grant.session_id) > grant.fence, what="someone takes over")
            finally:
                self._stalls.release()
        outlook = self.ledger.finish(grant.session_id, grant.fence)
        if outlook is None:
            self.count("stale write rejected")
            assert self.lanes.done(grant.session_id, grant.fence, Outlook(0)) == [], "a stale end had an effect"
        elif not self.happens("crash after commit", 0.03):
            self.ring(self.lanes.done(grant.session_id, grant.fence, outlook))

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def is_idle(self) -> bool:
        return not self.ledger.unfinished() and not self.client.keys(f"{LANE_PREFIX}l:*")

    def reap(self) -> None:
        while not self.stopped.is_set():
            report = self.lanes.tick()
            self.ring(report.grants)
            self.sweep()
            self.stopped.wait(min(report.next_in_ms, 100) / 1000)

    def sweep(self) -> None:
        pending = self.ledger.unfinished()
        known = self.lanes.known(list(pending))
        lost = [LaneWork(*item) for item, is_known in zip(pending.items(), known, strict=True) if not is_known]
        self.ring(self.lanes.submit(lost))


@pytest.mark.spec("E2")
@pytest.mark.timeout(120)
def test_every_message_is_done_once_and_in_order_whatever_fails(redis_client: redis.Redis):
    cluster = Cluster(redis_client)
    cluster.lanes.rebuild(1, hold=False)
    cluster.lanes.set_limits({"main": ClassLimit(SLOTS)})
    jobs: list[Callable[[], None]] = [cluster.produce, cluster.reap, *[cluster.work] * WORKERS]
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            running[0].result(60)
            # Also the lanes must come to rest: a turn that died after its commit is taken up and found finished.
            wait_until(
                lambda: any(job.done() for job in running[1:]) or cluster.is_idle(),
                timeout=90,
                what="all messages are done and all lanes idle",
            )
        finally:
            cluster.stopped.set()
        for job in running:
            job.result(30)

    assert cluster.ledger.unfinished() == {}
    assert cluster.ledger.finished == {n: list(range(1, MESSAGES + 1)) for n in range(1, SESSIONS + 1)}
    assert cluster.counts["stale write rejected"] >= cluster.counts["stall"]
    assert cluster.counts["begin refused"] > 0
    for index in ("slots:main", "ready:main:i", "ready:main:b", "due"):
        assert redis_client.zcard(f"{LANE_PREFIX}{index}") == 0
