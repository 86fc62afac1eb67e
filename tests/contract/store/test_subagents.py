"""A sub-agent's end is told once its session has nothing to do, and to nobody twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.domain.run import RunStatus
from openclaw.ports.store import Expected
from openclaw.ports.subagents import NewSubagent
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.subagents import SqlSubagentStore
from tests.contract.store.world import KEY, ROUTE, START_MS, World

pytestmark = pytest.mark.spec("E7")

CHILD = "agent:main:subagent:c1"
NEW = NewSubagent("child-run", CHILD, KEY, "parent-run", "count the sheep")


@pytest.fixture
def store(world: World) -> SqlSubagentStore:
    return SqlSubagentStore(world.database)


@pytest.fixture
def parent(world: World) -> str:
    """A session whose run gives the task."""
    world.finish(world.running("go", run_id="parent-run"))
    return KEY


def ended(store: SqlSubagentStore, child: str | None = None, before: int = 0) -> list[str]:
    return [each.run_id for each in store.ended(child, before, 10)]


def working(world: World, store: SqlSubagentStore, new: NewSubagent = NEW) -> None:
    assert store.open(new, 5, world.now)
    world.send("[Task]", key=new.child_key, run_id=new.run_id, client=True)


def work_done(world: World, new: NewSubagent = NEW, **how: object) -> None:
    view = world.sessions.session(new.child_key)
    assert view is not None
    world.finish(world.turn(view.id), **how)  # type: ignore[arg-type]


def test_a_task_is_noted_once_and_no_more_than_are_allowed(world: World, store: SqlSubagentStore) -> None:
    assert store.open(NEW, 2, 1)
    assert store.open(NEW, 2, 2)
    assert store.open(replace(NEW, run_id="r2", child_key="k2"), 2, 3)
    assert not store.open(replace(NEW, run_id="r3", child_key="k3"), 2, 4)
    assert store.open(NEW, 2, 5)
    store.settle("r2", "success", None, 6)
    assert store.open(replace(NEW, run_id="r3", child_key="k3"), 2, 7)
    assert [child.run_id for child in store.of_parent(KEY, 10)] == ["r3", "r2", "child-run"]


def test_its_end_is_due_when_its_session_has_nothing_left_to_do(
    world: World, store: SqlSubagentStore, parent: str
) -> None:
    working(world, store)
    assert ended(store) == []
    world.send("one more thing", key=CHILD, client=True)
    work_done(world, text="sixteen")
    assert ended(store) == []
    world.now += 2_000
    work_done(world, text="seventeen")
    (end,) = store.ended(CHILD, 0, 10)
    assert (end.parent_key, end.route, end.parent_is_there, end.cleanup) == (parent, ROUTE, True, "keep")
    assert (end.end.text, end.end.outcome, end.end.usage.total) == ("seventeen", "success", 30)
    store.settle("child-run", "success", START_MS + 5_000, world.now)
    assert ended(store) == []
    (child,) = store.of_parent(KEY, 10)
    assert (child.outcome, child.status) == ("success", RunStatus.SUCCEEDED)


def test_it_waits_for_its_own_sub_agents(world: World, store: SqlSubagentStore, parent: str) -> None:
    working(world, store)
    below = NewSubagent("grandchild-run", f"{CHILD}:subagent:g1", CHILD, "child-run", "count the lambs")
    working(world, store, below)
    work_done(world)
    assert ended(store) == []
    work_done(world, below)
    assert ended(store) == ["grandchild-run"]
    store.settle("grandchild-run", "success", None, world.now)
    assert ended(store) == ["child-run"]


def test_one_that_failed_says_how(world: World, store: SqlSubagentStore, parent: str) -> None:
    working(world, store)
    work_done(world, status=RunStatus.FAILED, error="deadline: the limit is 5 seconds", error_kind="timeout")
    (end,) = store.ended(None, 0, 10)
    assert (end.end.outcome, end.end.error) == ("timeout", "deadline: the limit is 5 seconds")


def test_one_whose_message_was_ended_before_its_turn_counts_as_over(
    world: World, store: SqlSubagentStore, parent: str
) -> None:
    working(world, store)
    world.control.abort(CHILD, None, "stop", world.now)
    (end,) = store.ended(None, 0, 10)
    assert end.end.outcome == "unknown"


def test_one_that_was_never_begun_is_over_after_a_while(world: World, store: SqlSubagentStore, parent: str) -> None:
    store.open(NEW, 5, world.now)
    assert ended(store, before=world.now) == []
    assert ended(store, before=world.now + 1) == ["child-run"]


def test_a_session_that_was_deleted_is_not_told(world: World, store: SqlSubagentStore, parent: str) -> None:
    working(world, store)
    work_done(world)
    SqlSessionDesk(world.database).delete(KEY, Expected(), world.now)
    (end,) = store.ended(None, 0, 10)
    assert not end.parent_is_there


def test_stopping_settles_what_is_at_work_of_the_session_or_of_one_run(world: World, store: SqlSubagentStore) -> None:
    store.open(NEW, 5, 1)
    store.open(replace(NEW, run_id="r2", child_key="k2", parent_run_id="other"), 5, 2)
    store.open(replace(NEW, run_id="r3", child_key="k3", parent_run_id="other"), 5, 3)
    store.settle("r3", "success", None, 4)
    assert store.stop(KEY, "other", 5) == ["k2"]
    assert store.stop(KEY, None, 6) == [CHILD]
    assert store.stop(KEY, None, 7) == []
    assert [child.outcome for child in store.of_parent(KEY, 10)] == ["success", "stopped", "stopped"]


def test_what_is_over_is_put_away_when_its_time_has_come(world: World, store: SqlSubagentStore) -> None:
    store.open(replace(NEW, cleanup="delete"), 5, 1)
    store.settle("child-run", "success", 100, 50)
    assert store.untidy(99, 10) == []
    assert store.untidy(100, 10) == [(CHILD, "delete")]
    store.tidied([CHILD])
    assert store.untidy(100, 10) == []
