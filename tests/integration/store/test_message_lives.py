"""Random lives of messages: whatever happens in whatever order, every message ends once, and in its order.

The machine plays gateways, workers that come back as zombies, people who abort, and time. Beside it stands a small model of what was promised.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.run import RunStatus, StepStatus
from openclaw.domain.transcript import assistant_text
from openclaw.errors import Busy, StaleFence
from openclaw.ports.store import Accepted, AcceptRequest, Claim, Committed, NoWork
from openclaw.store import Database
from openclaw.store.models import inbound, runs, sessions, steps, transcript
from tests.contract.store.databases import empty, open_migrated
from tests.contract.store.world import World, text_step, tool_step

MODES = st.sampled_from(list(QueueMode))
KEYS = st.sampled_from(["agent:main:a", "agent:main:b"])
MAX_PENDING = 12


class MessageLives(RuleBasedStateMachine):
    """One database, two sessions, many holders."""

    database: Database

    @initialize()
    def begin(self) -> None:
        empty(self.database)
        self.world = World(self.database)
        self.requests: list[AcceptRequest] = []
        self.accepted: dict[str, Accepted] = {}
        #: Who holds each lane, and everyone who ever did.
        self.holder: dict[int, Claim] = {}
        self.zombies: list[Claim] = []
        #: Run ids in the order in which their turns were made, per session.
        self.turns: dict[int, list[str]] = {}
        self.waits = 0

    def _session_ids(self) -> list[int]:
        return sorted({a.session_id for a in self.accepted.values()})

    def _open(self, session_id: int) -> int:
        return sum(row["open"] for row in self.world.rows(inbound) if row["session_id"] == session_id)

    @rule(
        mode=MODES,
        key=KEYS,
        sender=st.sampled_from(["ann", "bob"]),
        client=st.booleans(),
        drop=st.sampled_from(list(DropPolicy)),
        text=st.sampled_from(["hello", "", "more"]),
    )
    def arrive(self, mode: QueueMode, key: str, sender: str, client: bool, drop: DropPolicy, text: str) -> None:
        request = self.world.request(
            text,
            mode,
            key=key,
            sender=sender,
            client=client,
            settings=QueueSettings(mode=mode, cap=3, drop=drop),
            max_pending_session=MAX_PENDING,
        )
        before = len(self.world.rows(inbound))
        try:
            accepted = self.world.intake.accept(request)
        except Busy:
            assert client
            assert len(self.world.rows(inbound)) == before
            return
        assert not accepted.duplicate
        self.requests.append(request)
        self.accepted[accepted.run_id] = accepted

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), action=st.sampled_from(["commit", "commit", "finish", "finish", "park", "steal"]))
    def work(self, data: st.DataObject, action: str) -> None:
        """A lane's holder goes a step on; a lane without one, or one that is stolen, is claimed."""
        session_id = data.draw(st.sampled_from(self._session_ids()))
        holder = self.holder.get(session_id)
        if holder is None or action == "steal":
            self._claim(session_id)
        elif action == "commit":
            done = (text_step(len(holder.steps)),) if data.draw(st.booleans()) else ()
            self.world.commit(holder, assistant_text("step"), finished=done)
        elif action == "finish":
            self._finish(holder, data.draw(st.sampled_from([RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.ABORTED])))
        else:
            self._park(holder)

    def _claim(self, session_id: int) -> None:
        claim = self.world.claim(session_id)
        old = self.holder.pop(session_id, None)
        if old is not None:
            self.zombies.append(old)
        if isinstance(claim, NoWork):
            return
        self.holder[session_id] = claim
        made = self.turns.setdefault(session_id, [])
        if claim.resumed:
            assert made[-1] == claim.run_id
        else:
            assert claim.run_id not in made
            made.append(claim.run_id)

    def _finish(self, claim: Claim, status: RunStatus) -> None:
        ended = self.world.end(claim, status=status)
        if isinstance(ended, Committed):
            assert ended.steers
            return
        assert ended.outlook.more == (self._open(claim.session_id) > 0)
        assert self.world.end(claim, status=status) == ended
        self.zombies.append(self.holder.pop(claim.session_id))

    def _park(self, claim: Claim) -> None:
        self.waits += 1
        if self.world.suspend(claim, f"wait-{self.waits}") is not None:
            self.zombies.append(self.holder.pop(claim.session_id))

    @precondition(lambda self: self.zombies)
    @rule(data=st.data(), how=st.sampled_from(["commit", "finish", "suspend"]))
    def a_zombie_writes(self, data: st.DataObject, how: str) -> None:
        """A holder of the past comes back: it must change nothing."""
        zombie = data.draw(st.sampled_from(self.zombies))
        before = self._contents()
        try:
            if how == "commit":
                self.world.commit(zombie, assistant_text("zombie"), started=(tool_step(99, StepStatus.STARTED),))
            elif how == "finish":
                self.world.end(zombie, "zombie")
            else:
                self.world.suspend(zombie, "wait-zombie")
        except StaleFence:
            pass
        else:
            # Only the holder that ended a run last may hear again that it did.
            assert how == "finish"
        assert self._contents() == before

    @precondition(lambda self: self.accepted)
    @rule(
        data=st.data(), key=KEYS, what=st.sampled_from(["again", "answer", "abort", "abort", "stop", "reset", "wait"])
    )
    def something_else_happens(self, data: st.DataObject, key: str, what: str) -> None:
        """A message arrives twice, a wait is answered, a person aborts or begins anew, time passes."""
        control, now = self.world.control, self.world.now
        if what == "again":
            again = self.world.intake.accept(data.draw(st.sampled_from(self.requests)))
            first = self.accepted[again.run_id]
            assert (again.duplicate, again.session_id, again.ordinal) == (True, first.session_id, first.ordinal)
        elif what == "answer":
            control.answer_wait(f"wait-{data.draw(st.integers(1, self.waits + 1))}", {"ok": True}, now)
        elif what == "abort":
            control.abort(key, data.draw(st.sampled_from(sorted(self.accepted))), "rpc", now)
        elif what == "stop":
            control.abort(key, None, "stop", now)
        elif what == "reset":
            control.reset_session(key, now)
        else:
            self.world.now += data.draw(st.sampled_from([1, 500, 1000, 60_000]))

    def _contents(self) -> list[object]:
        return [self.world.rows(table) for table in (sessions, inbound, runs, steps, transcript)]

    @invariant()
    def every_message_is_open_or_has_one_disposition(self) -> None:
        for row in self.world.rows(inbound):
            assert row["open"] == (row["disposition"] is None) == (row["ended_at_ms"] is None)

    @invariant()
    def nothing_accepted_is_lost_and_ordinals_have_no_gap(self) -> None:
        rows = self.world.rows(inbound)
        assert {row["run_id"] for row in rows} == set(self.accepted)
        for session in self.world.rows(sessions):
            ordinals = sorted(row["ordinal"] for row in rows if row["session_id"] == session["id"])
            assert ordinals == list(range(1, session["last_ordinal"] + 1))

    @invariant()
    def the_sweep_finds_every_session_that_can_go_on(self) -> None:
        found = {work.session_id for work in self.world.sweep.unfinished_lanes(0, 100)}
        suspended = {row["session_id"] for row in self.world.rows(runs) if row["status"] == "suspended"}
        open_ = {row["session_id"] for row in self.world.rows(inbound) if row["open"]}
        assert open_ - suspended <= found <= open_

    @invariant()
    def an_active_run_is_the_open_one(self) -> None:
        open_runs = {row["session_id"]: row["run_id"] for row in self.world.rows(runs) if row["ended_at_ms"] is None}
        active = {row["id"]: row["active_run_id"] for row in self.world.rows(sessions) if row["active_run_id"]}
        assert open_runs == active

    @invariant()
    def transcripts_have_no_gap(self) -> None:
        for session in self.world.rows(sessions):
            seqs = [row["seq"] for row in self.world.rows(transcript) if row["session_id"] == session["id"]]
            assert sorted(seqs) == list(range(1, session["last_seq"] + 1))

    @invariant()
    def what_a_turn_took_is_in_it_as_its_disposition_says(self) -> None:
        turns = {row["run_id"]: row for row in self.world.rows(runs)}
        for row in self.world.rows(inbound):
            match row["disposition"]:
                case "turn":
                    assert row["turn_run_id"] == row["run_id"]
                    assert turns[row["run_id"]]["status"] in {"succeeded", "failed"}
                case "merged":
                    assert row["turn_run_id"] not in (None, row["run_id"])
                case "steered":
                    assert row["turn_run_id"] == row["steered_run_id"] != row["run_id"]
                case "rejected":
                    assert row["turn_run_id"] is None

    def teardown(self) -> None:
        """Let every lane run dry: then every message has its disposition, in its session's order."""
        if not hasattr(self, "accepted"):
            return
        for session_id in self._session_ids():
            for _ in range(200):
                self.world.now += 120_000
                claim = self.world.claim(session_id)
                if isinstance(claim, NoWork):
                    if claim.parked:
                        run = next(r for r in self.world.rows(runs) if r["session_id"] == session_id and r["wait_id"])
                        self.world.control.answer_wait(run["wait_id"], {}, self.world.now)
                        continue
                    if not claim.outlook.more:
                        break
                    continue
                if not claim.resumed:
                    self.turns.setdefault(session_id, []).append(claim.run_id)
                while isinstance(self.world.end(claim), Committed):
                    pass
        rows = self.world.rows(inbound)
        assert all(row["disposition"] is not None for row in rows)
        self._check_order(rows)

    def _check_order(self, rows: list[dict[str, object]]) -> None:
        """Turns follow their ordinals, but for interrupts, which go first."""
        by_run = {row["run_id"]: row for row in rows}
        for made in self.turns.values():
            heads = [by_run[run_id] for run_id in made]
            ordinals = [row["ordinal"] for row in heads if row["mode"] != QueueMode.INTERRUPT.value]
            assert ordinals == sorted(ordinals)
            assert len(made) == len(set(made))


def test_every_message_ends_once_and_in_order_whatever_happens() -> None:
    with tempfile.TemporaryDirectory() as folder:
        MessageLives.database = open_migrated("sqlite", Path(folder))
        try:
            run_state_machine_as_test(
                MessageLives,
                settings=settings(
                    max_examples=16,
                    stateful_step_count=40,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            MessageLives.database.close()
