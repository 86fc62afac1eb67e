"""The lane engine under random histories on a real server.

A machine plays intake, workers, reaper and a crashing Redis against a small stand-in for SQL. Once on a virtual
clock, where every answer must equal the reference model's; once on the server's own clock with leases of a few
milliseconds, where the invariants alone are checked.
"""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import redis
from hypothesis import HealthCheck, configuration, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from openclaw.coordination.lanes import RedisLanes
from openclaw.coordination.memory_lanes import MemoryLanes
from openclaw.errors import LanesRolledBack
from openclaw.ports.lanes import ClassLimit, Grant, Hold, HoldState, Lanes, LaneState, LaneWork, Outlook
from tests.integration.coordination.lane_invariants import Table, check_indexes, check_slots, read_table

configuration.set_hypothesis_home_dir(tempfile.gettempdir())

T = TypeVar("T")

SESSIONS = range(1, 5)
CLASSES = ("main", "cron")
START_MS = 1_900_000_000_000
LEASE_MS, GRANT_MS, AGEING_MS = 40, 25, 60
#: Chooses one of what is there.
PICK = st.integers(0, 20)


def needing(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule for which one of these must hold something.

    On the server's own clock what is there depends on the moment, while the choices of one history must not: there the
    rule is chosen all the same, and does nothing.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def has_any(self: LaneMachine) -> bool:
            return any(getattr(self, name) for name in names)

        @functools.wraps(function)
        def guarded(self: LaneMachine, *args: object, **kwargs: object) -> None:
            if has_any(self):
                function(self, *args, **kwargs)

        return precondition(lambda self: not self.virtual or has_any(self))(guarded)

    return decorate


@dataclass
class Session:
    """A session as SQL has it."""

    last_ordinal: int = 0
    fence: int = 0
    unfinished: list[int] = field(default_factory=list)
    #: Ordinals that no lane has heard of: their submit was lost, or Redis was.
    unsubmitted: set[int] = field(default_factory=set)

    def outlook(self) -> Outlook:
        return Outlook(self.last_ordinal, more=bool(self.unfinished))


@dataclass(frozen=True)
class Ending:
    """A turn that is over in SQL and not yet in Redis."""

    hold: Hold
    outlook: Outlook
    suspends: bool


class LaneMachine(RuleBasedStateMachine):
    """Random histories; ``virtual`` says on which clock."""

    def __init__(self, client: redis.Redis, *, virtual: bool) -> None:
        super().__init__()
        self.client, self.virtual, self.now_ms = client, virtual, START_MS
        client.flushall()
        times = {"lease_ms": LEASE_MS, "grant_ms": GRANT_MS, "ageing_ms": AGEING_MS}
        self.redis = RedisLanes(client, now_ms=(lambda: self.now_ms) if virtual else None, **times)
        self.model = MemoryLanes(lambda: self.now_ms, **times)
        self.epoch, self.highest_fence = 1, 0
        self.sessions = {session_id: Session() for session_id in SESSIONS}
        self.doorbells: list[Grant] = []
        self.holds: list[Hold] = []
        self.endings: list[Ending] = []
        self.before = Table()
        self.on_both(lambda lanes: lanes.rebuild(1, hold=False))

    def on_both(self, call: Callable[[Lanes], T]) -> T | None:
        """Do it in Redis and in the model; ``None`` when the table is gone. On one clock the answers must be equal."""
        found = attempt(lambda: call(self.redis))
        if self.virtual:
            assert found == attempt(lambda: call(self.model))
        return found

    def granting(self, call: Callable[[Lanes], list[Grant]]) -> bool:
        grants = self.on_both(call)
        if grants is None:
            return False
        self.receive(grants)
        return True

    def receive(self, grants: list[Grant] | tuple[Grant, ...]) -> None:
        for grant in grants:
            assert grant.fence > self.highest_fence, "a fence was given out twice, or fell"
            self.highest_fence = grant.fence
            self.doorbells.append(grant)

    def now(self) -> int:
        seconds, micros = (self.now_ms // 1000, self.now_ms % 1000 * 1000) if self.virtual else self.client.time()
        return seconds * 1000 + micros // 1000

    @initialize(concurrency=st.integers(1, 3), background=st.integers(0, 3))
    def open_for_business(self, concurrency: int, background: int) -> None:
        """Begin with every session busy or waiting, so that short histories get somewhere."""
        self.set_limit("main", concurrency, 0)
        for session_id in SESSIONS:
            self.accept(session_id, "main", session_id <= background, delay_ms=0, wake=False, crash=1)
        self.ring_all()

    # Intake

    @rule(
        session_id=st.sampled_from(SESSIONS),
        lane_class=st.sampled_from(CLASSES),
        background=st.booleans(),
        delay_ms=st.sampled_from([0, 0, 0, 15, 30, 70]),
        wake=st.booleans(),
        crash=st.integers(0, 7),
    )
    def accept(self, session_id: int, lane_class: str, background: bool, delay_ms: int, wake: bool, crash: int) -> None:
        session = self.sessions[session_id]
        session.last_ordinal += 1
        session.unfinished.append(session.last_ordinal)
        session.unsubmitted.add(session.last_ordinal)
        if crash == 0:
            return
        due = self.now() + delay_ms if delay_ms else 0
        self.submit(
            [LaneWork(session_id, session.last_ordinal, lane_class, f"agent.{lane_class}", background, due, wake)]
        )

    @rule()
    def sweep(self) -> None:
        pending = [session_id for session_id, session in self.sessions.items() if session.unfinished]
        known = self.on_both(lambda lanes: lanes.known(pending)) or []
        lost = [session_id for session_id, is_known in zip(pending, known, strict=True) if not is_known]
        self.submit([LaneWork(session_id, self.sessions[session_id].last_ordinal) for session_id in lost])

    def submit(self, work: list[LaneWork]) -> None:
        if self.granting(lambda lanes: lanes.submit(work)):
            for item in work:
                session = self.sessions[item.session_id]
                session.unsubmitted = {ordinal for ordinal in session.unsubmitted if ordinal > item.ordinal}

    # Workers

    @rule(pick=PICK, fate=st.sampled_from(["once", "once", "once", "doubled", "lost"]))
    @needing("doorbells")
    def ring(self, pick: int, fate: str) -> None:
        grant = choose(self.doorbells, pick)
        if fate != "doubled":
            self.doorbells.remove(grant)
        if fate == "lost" or not self.on_both(lambda lanes: lanes.begin(grant.session_id, grant.fence, "w")):
            return
        session = self.sessions[grant.session_id]
        assert session.fence < grant.fence, "a turn was begun under a fence that SQL has seen"
        session.fence = grant.fence
        self.holds.append(Hold(grant.session_id, grant.fence))

    @rule()
    @needing("doorbells")
    def ring_all(self) -> None:
        while self.doorbells:
            self.ring(0, "once")

    @rule(unbegun=st.booleans())
    @needing("holds", "doorbells")
    def renew(self, unbegun: bool) -> None:
        """Renew what is held, now and then also what was granted only."""
        holds = [*self.holds, *(Hold(bell.session_id, bell.fence) for bell in self.doorbells if unbegun)]
        answers = self.on_both(lambda lanes: lanes.renew(holds)) or []
        for hold, answer in zip(holds, answers, strict=False):
            if self.sessions[hold.session_id].fence > hold.fence:
                assert answer is HoldState.LOST, "a holder kept a lane that another has claimed"

    @rule(
        pick=PICK,
        suspends=st.booleans(),
        takes=st.integers(0, 2),
        meanwhile=st.sampled_from(["", "", "message", "late message", "steer", "answer"]),
        fate=st.sampled_from(["told", "told", "told twice", "told late"]),
    )
    @needing("holds")
    def finish(self, pick: int, suspends: bool, takes: int, meanwhile: str, fate: str) -> None:
        """End a turn in SQL, or park it there, then tell Redis; something may come in between."""
        hold = choose(self.holds, pick)
        self.holds.remove(hold)
        session = self.sessions[hold.session_id]
        if session.fence == hold.fence:  # else it stalled and finds the session fenced
            session.unfinished = session.unfinished[takes:]
        ending = Ending(hold, session.outlook(), suspends)
        if meanwhile == "answer":
            self.answer(hold.session_id)
        elif meanwhile:
            self.accept(
                hold.session_id,
                "main",
                background=meanwhile == "late message",
                delay_ms=30 if meanwhile == "late message" else 0,
                wake=meanwhile == "steer",
                crash=1,
            )
        if fate != "told late":
            self.tell(ending)
        if fate != "told":
            self.endings.append(ending)
        if takes:  # else the new grants stay unserved for a while
            self.ring_all()

    @rule(pick=PICK)
    @needing("holds")
    def die(self, pick: int) -> None:
        self.holds.remove(choose(self.holds, pick))

    @rule(pick=PICK, suspends=st.booleans(), taken_up=st.booleans())
    @needing("holds")
    def stall(self, pick: int, suspends: bool, taken_up: bool) -> None:
        """Outlive the lease, and perhaps the next holder's begin, and only then finish."""
        hold = choose(self.holds, pick)
        self.outlast_leases()
        if taken_up:
            self.ring_all()
        self.finish(self.holds.index(hold), suspends, takes=1, meanwhile="", fate="told")

    @rule(pick=PICK)
    @needing("endings")
    def tell_late(self, pick: int) -> None:
        ending = choose(self.endings, pick)
        self.endings.remove(ending)
        self.tell(ending)

    def tell(self, ending: Ending) -> None:
        session_id, fence = ending.hold.session_id, ending.hold.fence
        [before] = self.redis.view([session_id])
        if ending.suspends:
            self.granting(lambda lanes: lanes.suspend(session_id, fence, ending.outlook))
        else:
            self.granting(lambda lanes: lanes.done(session_id, fence, ending.outlook))
        if before.fence != fence or before.state not in (LaneState.GRANTED, LaneState.RUNNING):
            assert self.redis.view([session_id]) == [before], "a call under an old fence changed something"

    @rule(session_id=st.sampled_from(SESSIONS))
    def answer(self, session_id: int) -> None:
        ordinal = self.sessions[session_id].last_ordinal
        self.granting(lambda lanes: lanes.resume(session_id, ordinal, "main", "agent.main"))

    @rule(session_id=st.sampled_from(SESSIONS))
    def cancel(self, session_id: int) -> None:
        self.on_both(lambda lanes: lanes.cancel(session_id))

    # Time, operators, and Redis

    @rule()
    def outlast_leases(self) -> None:
        self.pass_time(LEASE_MS + 1)
        self.tick()

    @rule(ms=st.sampled_from([1, 5, 12, 30]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        if not self.virtual:
            threading.Event().wait(ms / 1000)

    @rule()
    def tick(self) -> None:
        report = self.on_both(lambda lanes: lanes.tick())
        if report is not None:
            assert 10 <= report.next_in_ms <= 1000
            self.receive(report.grants)

    @rule(
        lane_class=st.sampled_from(CLASSES),
        concurrency=st.sampled_from([0, 1, 1, 2, 2, 3]),
        reserved=st.sampled_from([0, 0, 1, 2]),
    )
    def set_limit(self, lane_class: str, concurrency: int, reserved: int) -> None:
        self.granting(lambda lanes: lanes.set_limits({lane_class: ClassLimit(concurrency, reserved)}))

    @rule(really=st.integers(0, 15))
    def empty_redis(self, really: int) -> None:
        if really == 0:
            self.client.flushall()
            self.model.table.forget()
            self.forget_submits()

    @rule(hold=st.booleans(), really=st.integers(0, 11))
    def recover(self, hold: bool, really: int) -> None:
        """Rebuild when the table is gone, now and then also when it is not."""
        if self.redis.epoch() is None or really == 0:
            self.epoch += 1
            self.on_both(lambda lanes: lanes.rebuild(self.epoch, hold=hold))
            self.forget_submits()

    @rule()
    def rush(self) -> None:
        """Every session gets a message, and every turn that can begins."""
        for session_id in SESSIONS:
            self.accept(session_id, "main", background=False, delay_ms=0, wake=True, crash=1)
        self.ring_all()

    def forget_submits(self) -> None:
        self.before = Table()
        for session in self.sessions.values():
            session.unsubmitted = set(session.unfinished)

    @invariant()
    def redis_equals_the_model(self) -> None:
        self.on_both(lambda lanes: lanes.view(SESSIONS))
        self.on_both(lambda lanes: lanes.epoch())

    @invariant()
    def the_table_is_sound(self) -> None:
        table = read_table(self.client)
        check_indexes(table)
        check_slots(table, self.before)
        self.before = table

    @invariant()
    def pending_work_is_never_idle(self) -> None:
        pending = [n for n, session in self.sessions.items() if set(session.unfinished) - session.unsubmitted]
        assert all(self.redis.known(pending)), "a session with work was forgotten"

    def teardown(self) -> None:
        """Whatever happened: with nobody crashing any more, every message is taken up in the end."""
        if not self.virtual:
            return
        self.recover(hold=False, really=1)
        self.set_limit("main", 2, 0)
        self.set_limit("cron", 1, 0)
        self.holds, self.endings, rounds = [], [], 0
        while any(session.unfinished for session in self.sessions.values()):
            rounds += 1
            assert rounds < 300, "work was left behind"
            self.sweep()
            for view in self.redis.view(SESSIONS):
                if view.state is LaneState.PARKED:
                    self.answer(view.session_id)
            while self.doorbells or self.holds or self.endings:
                if self.doorbells:
                    self.ring(0, "once")
                if self.holds:
                    self.finish(0, suspends=False, takes=1, meanwhile="", fate="told")
                if self.endings:
                    self.tell_late(0)
            self.pass_time(30)
            self.tick()
            self.the_table_is_sound()


def attempt(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except LanesRolledBack:
        return None


def choose(items: list[T], pick: int) -> T:
    return items[pick % len(items)]


def run(client: redis.Redis, *, virtual: bool, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: LaneMachine(client, virtual=virtual),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.spec("E2")
@pytest.mark.timeout(300)
def test_every_answer_equals_the_reference_model(redis_client: redis.Redis):
    run(redis_client, virtual=True, examples=100, steps=50)


@pytest.mark.timeout(300)
def test_the_invariants_hold_on_the_servers_own_clock(redis_client: redis.Redis):
    run(redis_client, virtual=False, examples=20, steps=40)
