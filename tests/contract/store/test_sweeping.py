"""What a sweep finds after processes have died between two effects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import RunLimits, RunStatus
from tests.contract.store.world import KEY, World, text_step


def test_sessions_with_work_are_listed_page_by_page(world: World) -> None:
    ids = [world.send(key=f"agent:main:{n}").session_id for n in range(5)]
    world.finish(world.turn(ids[1]))
    world.turn(ids[2])
    expected = [ids[0], ids[2], ids[3], ids[4]]
    first = world.sweep.unfinished_lanes(0, 2)
    rest = world.sweep.unfinished_lanes(first[-1].session_id, 10)
    assert [w.session_id for w in first + rest] == expected
    assert {(w.ordinal, w.lane_class, w.queue, w.wake) for w in first} == {(1, "main", "agent.main", False)}
    assert world.sweep.unfinished_lanes(rest[-1].session_id, 10) == []


def test_work_is_listed_with_when_it_is_due_and_whether_a_person_waits(world: World) -> None:
    claim = world.running()
    world.send("later", QueueMode.FOLLOWUP, background=True)
    world.finish(claim)
    (work,) = world.sweep.unfinished_lanes(0, 10)
    assert (work.not_before_ms, work.background, work.ordinal) == (world.now + 1000, True, 2)
    world.send("person", QueueMode.QUEUE)
    (work,) = world.sweep.unfinished_lanes(0, 10)
    assert (work.not_before_ms, work.background, work.ordinal) == (0, False, 3)


def test_a_parked_run_is_listed_only_when_there_is_something_to_wake_it_for(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    world.send("waits", QueueMode.QUEUE)
    world.send("stranger", QueueMode.STEER, sender="bob")
    assert world.sweep.unfinished_lanes(0, 10) == []
    # The answer was stored, and then the process died before it told the lane.
    world.control.answer_wait("wait-1", {"decision": "allow"}, world.now)
    assert [w.wake for w in world.sweep.unfinished_lanes(0, 10)] == [True]


def test_a_parked_run_is_listed_for_a_steer_and_for_an_abort(world: World) -> None:
    steered, aborted = world.running(key="agent:main:a"), world.running(key="agent:main:b")
    world.suspend(steered, "wait-a")
    world.suspend(aborted, "wait-b")
    world.send("steer", QueueMode.STEER, key="agent:main:a")
    world.control.abort("agent:main:b", None, "stop", world.now)
    found = world.sweep.unfinished_lanes(0, 10)
    assert [(w.session_id, w.wake) for w in found] == [(steered.session_id, True), (aborted.session_id, True)]


def test_waits_that_answer_themselves_are_found_when_they_are_due(world: World) -> None:
    for n, due in enumerate((0, 500, 100, 9000)):
        world.suspend(world.running(key=f"agent:main:{n}"), f"wait-{n}", due and world.now + due)
    assert world.sweep.due_waits(world.now + 500, 10) == ["wait-2", "wait-1"]
    assert world.sweep.due_waits(world.now + 500, 1) == ["wait-2"]
    world.control.answer_wait("wait-2", {"outcome": "due"}, world.now)
    assert world.sweep.due_waits(world.now + 500, 10) == ["wait-1"]


def test_runs_past_a_deadline_are_found_once(world: World) -> None:
    limits = RunLimits(total_seconds=10, no_progress_seconds=4)
    slow, stuck, parked = (world.running(key=f"agent:main:{n}") for n in range(3))
    world.suspend(parked)
    world.now += 3000
    world.runs.touch([(slow.run_id, slow.fence)], world.now)
    world.commit(stuck, finished=(text_step(0),))
    assert world.sweep.overdue_runs(limits, world.now, 10) == []
    world.now += 4001
    world.runs.touch([(slow.run_id, slow.fence)], world.now)
    (found,) = world.sweep.overdue_runs(limits, world.now, 10)
    assert (found[0].run_id, found[0].session_id, found[0].fence) == (stuck.run_id, stuck.session_id, stuck.fence)
    assert found[1] == "no-progress"
    world.control.abort_turn(found[0], found[1], world.now)
    world.now += 3000
    world.runs.touch([(slow.run_id, slow.fence)], world.now)
    assert [(t.run_id, why) for t, why in world.sweep.overdue_runs(limits, world.now, 10)] == [
        (slow.run_id, "deadline")
    ]


def test_the_time_a_run_was_parked_does_not_count(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    world.now += 3_600_000
    world.control.answer_wait("wait-1", {}, world.now)
    world.turn(claim.session_id)
    assert world.sweep.overdue_runs(RunLimits(), world.now + 1000, 10) == []


def test_whether_anything_is_running(world: World) -> None:
    assert not world.sweep.has_running_runs()
    claim = world.running()
    assert world.sweep.has_running_runs()
    world.finish(claim, status=RunStatus.FAILED)
    assert not world.sweep.has_running_runs()


def test_the_lane_epoch_rises_once_however_many_ask(world: World) -> None:
    assert world.sweep.lane_epoch() == 0
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(world.sweep.raise_lane_epoch, [0] * 16)) == {1}
    assert world.sweep.raise_lane_epoch(7) == 8
    assert world.sweep.raise_lane_epoch(3) == 8
    assert world.sweep.lane_epoch() == 8


def test_an_aborted_session_has_no_work_left(world: World) -> None:
    world.send()
    world.control.abort(KEY, None, "stop", world.now)
    assert world.sweep.unfinished_lanes(0, 10) == []
