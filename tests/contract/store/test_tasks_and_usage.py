"""Promised runs as tasks, and what runs have used."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import RunStatus
from openclaw.ports.store import Expected, TaskFilter, TaskStatus, UsageSums
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.tasks import SqlTaskQueries
from openclaw.store.repositories.usage import SqlUsageQueries
from tests.contract.store.world import KEY, World


@pytest.fixture
def tasks(world: World) -> SqlTaskQueries:
    return SqlTaskQueries(world.database)


def test_a_task_of_every_kind_is_told_from_the_others(world: World, tasks: SqlTaskQueries) -> None:
    expected = {}
    done = world.running("done", key="agent:main:a")
    world.finish(done)
    expected[done.run_id] = TaskStatus.COMPLETED
    for status, task in ((RunStatus.FAILED, TaskStatus.FAILED), (RunStatus.ABORTED, TaskStatus.CANCELLED)):
        claim = world.running(status.value, key=f"agent:main:{status.value}")
        world.finish(claim, status=status)
        expected[claim.run_id] = task
    late = world.running("late", key="agent:main:late")
    world.control.abort("agent:main:late", late.run_id, "deadline", world.now)
    world.finish(late, status=RunStatus.ABORTED)
    expected[late.run_id] = TaskStatus.TIMED_OUT
    expected[world.running("running").run_id] = TaskStatus.RUNNING
    expected[world.send("waits", QueueMode.QUEUE).run_id] = TaskStatus.QUEUED
    gone = world.send("gone", QueueMode.QUEUE)
    world.control.abort(KEY, gone.run_id, "rpc", world.now)
    expected[gone.run_id] = TaskStatus.CANCELLED
    found, following = tasks.list_tasks(TaskFilter(), before=None, limit=50)
    assert {task.run.run_id: task.status for task in found} == expected
    assert following is None
    assert [task.title for task in found][:2] == ["gone", "waits"]
    for status in TaskStatus:
        only, _ = tasks.list_tasks(TaskFilter(statuses={status}), before=None, limit=50)
        assert {task.run.run_id for task in only} == {id_ for id_, is_ in expected.items() if is_ is status}
        assert all(tasks.task(task.run.run_id) == task for task in only)
    assert tasks.task("nobody") is None


def test_tasks_come_in_pages_and_only_those_that_are_wanted(
    world: World, tasks: SqlTaskQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw.store.repositories.tasks.STRETCH", 3)
    for n in range(7):
        world.send(f"m{n}", QueueMode.QUEUE, key=f"agent:main:{n % 2}")
    before, titles = None, []
    while True:
        page, before = tasks.list_tasks(TaskFilter(session_key="agent:main:0"), before=before, limit=2)
        titles += [task.title for task in page]
        if before is None:
            break
    assert titles == ["m6", "m4", "m2", "m0"]
    assert tasks.list_tasks(TaskFilter(agent_id="other"), before=None, limit=5)[0] == []
    world.control.abort("agent:main:0", None, "rpc", world.now)
    SqlSessionDesk(world.database).delete("agent:main:0", Expected(), world.now)
    page, _ = tasks.list_tasks(TaskFilter(), before=None, limit=50)
    assert {task.run.session_key for task in page} <= {"agent:main:1"}


def test_usage_is_summed_by_time_and_by_session(world: World) -> None:
    usage = SqlUsageQueries(world.database)
    start = world.now
    for key in ("agent:main:a", "agent:main:a", "agent:main:b"):
        world.now += 1000
        world.finish(world.running(key=key))
    running = world.running(key="agent:main:c")
    assert usage.between(start, world.now + 1) == UsageSums(3, 30, 15, 0, 0, 0, 3)
    assert usage.between(start, world.now) == UsageSums(2, 20, 10, 0, 0, 0, 2)
    assert usage.between(0, start) == UsageSums()
    found = {part.session_id: part for part in usage.by_session(start, world.now + 1)}
    first = world.sessions.session("agent:main:a").id
    assert (found[first].model, found[first].sums.input_tokens) == ("demo/echo", 20)
    assert running.session_id not in found
    assert [part.session_id for part in usage.by_session(start, world.now + 1, first)] == [first]
