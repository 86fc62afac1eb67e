"""Waiting, waking, aborting and beginning anew."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import RunLimits, RunStatus
from openclaw.ports.lanes import Outlook
from openclaw.ports.store import Aborted, Claim, NoWork
from openclaw.store.models import attempts, waits
from tests.contract.store.world import KEY, World, text_step


def test_a_parked_run_stays_parked_until_its_wait_is_answered(world: World) -> None:
    claim = world.running()
    assert world.suspend(claim) == Outlook(seen_ordinal=1)
    assert world.control.run_view(claim.run_id).status is RunStatus.SUSPENDED
    parked = world.claim(claim.session_id)
    assert isinstance(parked, NoWork)
    assert (parked.parked, parked.outlook.more) == (True, False)
    work = world.control.answer_wait("wait-1", {"decision": "allow"}, world.now)
    assert (work.session_id, work.ordinal, work.wake, work.queue) == (claim.session_id, 1, True, "agent.main")
    resumed = world.turn(claim.session_id)
    assert (resumed.run_id, resumed.attempt, resumed.barren_attempts) == (claim.run_id, 2, 0)
    assert (resumed.wait.id, resumed.wait.kind, resumed.wait.call_id) == ("wait-1", "approval", "call-1")
    assert (resumed.wait.payload, resumed.wait.answer) == ({"ask": "?"}, {"decision": "allow"})
    world.finish(resumed)
    assert [a["outcome"] for a in world.rows(attempts)] == ["suspended", "succeeded"]


def test_the_first_answer_counts(world: World) -> None:
    world.suspend(world.running())
    assert world.control.answer_wait("wait-1", {"decision": "deny"}, world.now) is not None
    assert world.control.answer_wait("wait-1", {"decision": "allow"}, world.now) is None
    assert world.runs.wait("wait-1").answer == {"decision": "deny"}


def test_an_answer_that_came_before_its_wait_is_not_lost(world: World) -> None:
    claim = world.running()
    assert world.control.answer_wait("wait-1", {"result": "child done"}, world.now) is None
    assert world.suspend(claim) is None
    assert world.control.run_view(claim.run_id).status is RunStatus.RUNNING
    assert world.runs.wait("wait-1").answer == {"result": "child done"}
    assert world.turn(claim.session_id).wait.answer == {"result": "child done"}


def test_an_answer_survives_the_attempt_that_was_woken_for_it(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    world.control.answer_wait("wait-1", {"decision": "allow"}, world.now)
    world.turn(claim.session_id)
    again = world.turn(claim.session_id)
    assert again.wait.answer == {"decision": "allow"}
    world.commit(again, finished=(text_step(0),))
    assert world.turn(claim.session_id).wait is None


def test_a_run_does_not_park_while_a_steer_is_waiting(world: World) -> None:
    claim = world.running()
    steer = world.send("wait, no", QueueMode.STEER)
    assert world.suspend(claim) is None
    assert world.commit(claim).steered_run_ids == (steer.run_id,)


def test_a_run_does_not_park_when_it_was_aborted(world: World) -> None:
    claim = world.running()
    world.control.abort(KEY, None, "stop", world.now)
    assert world.suspend(claim) is None
    assert world.rows(waits) == []


def test_a_steer_wakes_a_parked_run_and_closes_its_wait(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    steer = world.send("forget it", QueueMode.STEER)
    assert steer.work.wake
    resumed = world.turn(claim.session_id)
    assert (resumed.wait.id, resumed.wait.answer) == ("wait-1", None)
    assert world.control.answer_wait("wait-1", {"decision": "allow"}, world.now) is None
    assert world.commit(resumed).steered_run_ids == (steer.run_id,)
    assert world.suspend(resumed) is not None
    assert world.control.answer_wait("wait-1", {"decision": "allow"}, world.now) is not None


@pytest.mark.parametrize("mode", [QueueMode.COLLECT, QueueMode.QUEUE, QueueMode.FOLLOWUP])
def test_other_messages_wait_behind_a_parked_run(world: World, mode: QueueMode) -> None:
    claim = world.running()
    world.suspend(claim)
    assert not world.send(mode=mode).work.wake
    world.now += 60_000
    parked = world.claim(claim.session_id)
    assert isinstance(parked, NoWork)
    assert parked.parked


def test_a_strangers_steer_does_not_wake_a_parked_run(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    world.send("psst", QueueMode.STEER, sender="bob")
    assert isinstance(world.claim(claim.session_id), NoWork)


def test_aborting_a_queued_message_ends_it_at_once(world: World) -> None:
    claim = world.running()
    queued = world.send("queued", QueueMode.QUEUE)
    other = world.send("other", QueueMode.QUEUE)
    aborted = world.control.abort(KEY, queued.run_id, "rpc", world.now)
    assert aborted == Aborted(session_id=claim.session_id, queued_run_ids=(queued.run_id,))
    view = world.control.run_view(queued.run_id)
    assert (view.status, view.stop_reason, view.ended_at_ms) == (RunStatus.ABORTED, "rpc", world.now)
    world.finish(claim)
    assert world.turn(claim.session_id).run_id == other.run_id


def test_aborting_the_running_turn_marks_it(world: World) -> None:
    claim = world.running()
    queued = world.send("queued", QueueMode.QUEUE)
    aborted = world.control.abort(KEY, claim.run_id, "rpc", world.now)
    assert [(t.run_id, t.fence) for t in aborted.running] == [(claim.run_id, claim.fence)]
    assert (aborted.queued_run_ids, aborted.wake) == ((), None)
    assert world.commit(claim).abort_reason == "rpc"
    world.finish(claim, status=RunStatus.ABORTED)
    assert [world.disposition(r) for r in (claim.run_id, queued.run_id)] == ["aborted", None]


@pytest.mark.parametrize("how", ["merged", "steered"])
def test_aborting_a_message_that_became_part_of_a_turn_marks_the_turn(world: World, how: str) -> None:
    first = world.running()
    if how == "merged":
        world.send("a")
        part = world.send("b")
        world.finish(first)
        world.now += 5000
        claim = world.turn(first.session_id)
    else:
        part = world.send("a", QueueMode.STEER)
        claim = first
        world.commit(claim)
    aborted = world.control.abort(KEY, part.run_id, "rpc", world.now)
    assert [t.run_id for t in aborted.running] == [claim.run_id]


def test_aborting_everything_of_a_session(world: World) -> None:
    claim = world.running()
    queued = [world.send(f"q{n}", QueueMode.QUEUE).run_id for n in range(3)]
    elsewhere = world.send(key="agent:main:other")
    aborted = world.control.abort(KEY, None, "stop", world.now)
    assert aborted.queued_run_ids == tuple(queued)
    assert [t.run_id for t in aborted.running] == [claim.run_id]
    assert world.disposition(elsewhere.run_id) is None
    ended = world.finish(claim, status=RunStatus.ABORTED)
    assert not ended.outlook.more


def test_aborting_a_parked_run_wakes_it(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    aborted = world.control.abort(KEY, None, "stop", world.now)
    assert (aborted.wake.session_id, aborted.wake.wake) == (claim.session_id, True)
    assert world.turn(claim.session_id).abort_reason == "stop"


@pytest.mark.parametrize("state", ["unknown session", "unknown run", "another session's", "finished"])
def test_there_may_be_nothing_to_abort(world: World, state: str) -> None:
    claim = world.running()
    other = world.running(key="agent:main:other")
    if state == "finished":
        world.finish(claim)
    key = "agent:main:none" if state == "unknown session" else KEY
    run_id = {"unknown run": "none", "another session's": other.run_id}.get(state, claim.run_id)
    aborted = world.control.abort(key, run_id, "rpc", world.now)
    assert (aborted.running, aborted.queued_run_ids, aborted.wake) == ((), (), None)
    assert world.commit(other).abort_reason == ""


def test_the_first_abort_reason_counts(world: World) -> None:
    claim = world.running()
    world.control.abort(KEY, None, "stop", world.now)
    world.control.abort(KEY, None, "rpc", world.now)
    assert world.commit(claim).abort_reason == "stop"


def test_a_turn_is_aborted_only_under_the_fence_that_was_seen(world: World) -> None:
    claim = world.running()
    limits = RunLimits(total_seconds=1)
    (found, reason) = world.sweep.overdue_runs(limits, world.now + 2000, 10)[0]
    resumed = world.turn(claim.session_id)
    world.control.abort_turn(found, reason, world.now)
    assert world.commit(resumed).abort_reason == ""
    (found, reason) = world.sweep.overdue_runs(limits, world.now + 2000, 10)[0]
    world.control.abort_turn(found, reason, world.now)
    assert world.commit(resumed).abort_reason == "deadline"


def test_a_reset_begins_a_new_conversation_and_keeps_what_is_queued(world: World) -> None:
    world.finish(world.running("old"))
    before = world.sessions.session(KEY)
    queued = world.send("queued")
    fresh = world.control.reset_session(KEY, world.now)
    after = world.sessions.session(KEY)
    assert fresh == after.session_uuid != before.session_uuid
    assert (after.pending, after.usage.input_tokens) == (1, 0)
    assert world.sessions.history(KEY) == ([], 0)
    claim = world.turn(queued.session_id)
    assert [m.text for m in claim.history] == ["queued"]
    assert claim.session["message_count"] == 1
    assert world.control.reset_session("agent:main:none", world.now) is None


def test_a_turn_that_was_running_at_the_reset_ends_in_the_old_conversation(world: World) -> None:
    claim = world.running("old")
    world.control.reset_session(KEY, world.now)
    resumed = world.turn(claim.session_id)
    assert resumed.session_uuid == claim.session_uuid
    assert [m.text for m in resumed.history] == ["old"]
    world.finish(resumed)
    assert world.sessions.history(KEY) == ([], 0)


def test_a_promised_run_is_seen_from_the_first_moment(world: World) -> None:
    accepted = world.send()
    view = world.control.run_view(accepted.run_id)
    assert (view.status, view.disposition, view.session_key, view.agent_id) == (RunStatus.QUEUED, None, KEY, "main")
    claim = world.turn(accepted.session_id)
    assert isinstance(claim, Claim)
    assert world.control.run_view(accepted.run_id).status is RunStatus.RUNNING
    assert world.control.run_view("none") is None


def test_a_listener_that_was_away_finds_the_turns_that_ended_since(world: World) -> None:
    first = world.running("early")
    world.finish(first)
    world.now += 10_000
    host = world.running("later")
    guest = world.send("and this", QueueMode.STEER)
    world.commit(host)
    world.finish(host, "answer to both")
    found = world.control.turns_ended_since(world.now, 10)
    assert [(view.run_id, view.turn_run_id, view.text) for view in found] == [
        (host.run_id, host.run_id, "answer to both"),
        (guest.run_id, host.run_id, "answer to both"),
    ]
    assert len(world.control.turns_ended_since(world.now, 1)) == 1
    assert len(world.control.turns_ended_since(first.started_at_ms, 10)) == 3
    assert world.control.turns_ended_since(world.now + 1, 10) == []
