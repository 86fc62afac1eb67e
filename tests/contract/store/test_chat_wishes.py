"""What commands in a chat ask of the store: a queue of the session's own, a new conversation, notes on the way."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import DropPolicy, QueueMode
from openclaw.domain.queue_wish import NO_WISH, QueueWish
from openclaw.domain.run import Disposition, StepStatus
from openclaw.ports.store import Expected, FreshStart, ReplyChunk, RunChanges, SessionChanges
from openclaw.store.models import inbound, outbox
from openclaw.store.repositories.session_desk import SqlSessionDesk
from tests.contract.store.world import KEY, ROUTE, World, tool_step


def wants(world: World, wish: QueueWish) -> None:
    """The session has a queue of its own from now on."""
    changes = SessionChanges(settings=wish.to_settings())
    SqlSessionDesk(world.database).change(KEY, changes, Expected(), world.now)


def mode_of(world: World, text: str) -> str:
    return next(row["mode"] for row in world.rows(inbound) if row["text"] == text)


@pytest.mark.spec("E3")
def test_a_sessions_queue_comes_before_the_configured_one_and_a_messages_own_before_both(world: World) -> None:
    world.running()
    wants(world, QueueWish(QueueMode.STEER, cap=2, drop=DropPolicy.NEW))
    assert world.send("a", wish=NO_WISH).work.wake, "a steer wakes a parked turn"
    world.send("b", wish=QueueWish(QueueMode.FOLLOWUP))
    dropped = world.send("c", wish=NO_WISH)
    assert (dropped.disposition, dropped.drop) == (Disposition.DROPPED, DropPolicy.NEW)
    world.send("d", QueueMode.QUEUE)
    assert [mode_of(world, text) for text in "abcd"] == ["steer", "followup", "steer", "queue"]


@pytest.mark.spec("E1")
def test_a_fresh_start_ends_what_the_session_does_and_is_its_next_turn(world: World) -> None:
    claim = world.running("old")
    waiting = world.send("waits")
    fresh = world.send("new", fresh=FreshStart({"model": "a/b"}))
    assert fresh.aborted_run_ids == (waiting.run_id,)
    assert fresh.interrupts.run_id == claim.run_id
    world.end(claim, "too late")
    turn = world.turn(fresh.session_id)
    assert [message.text for message in turn.history] == ["new"]
    assert turn.session_uuid != claim.session_uuid
    assert turn.options["model"] == "a/b"


@pytest.mark.spec("E1", "K1")
def test_a_fresh_start_that_comes_twice_begins_one_conversation(world: World) -> None:
    first = world.send("new", fresh=FreshStart(), source="telegram:default:e1")
    turn = world.turn(first.session_id)
    later = world.send("later")
    again = world.send("new", fresh=FreshStart({"model": "a/b"}), source="telegram:default:e1")
    assert (again.duplicate, again.ordinal) == (True, first.ordinal)
    assert world.sessions.session(KEY).session_uuid == turn.session_uuid
    assert world.sessions.session(KEY).settings == {}
    assert world.control.run_view(later.run_id).disposition is None


@pytest.mark.spec("E1")
def test_a_fresh_start_finds_room_where_the_session_is_full(world: World) -> None:
    for _ in range(3):
        world.send(max_pending_session=3)
    assert world.send("no more", max_pending_session=3).disposition is Disposition.REJECTED
    assert world.send("new", fresh=FreshStart(), max_pending_session=3).work is not None


@pytest.mark.spec("E9", "K4")
def test_notes_of_a_step_are_queued_once_before_the_reply(world: World) -> None:
    claim = world.running()
    begins = RunChanges(started=(tool_step(1, StepStatus.STARTED),), notes=(ReplyChunk("Using read", 2),))
    world.runs.commit(claim, begins, world.now)
    world.runs.commit(claim, begins, world.now)
    world.end(claim, replies=("done",))
    assert [row["text"] for row in world.rows(outbox)] == ["Using read", "done"]


@pytest.mark.spec("E1")
def test_whether_a_notice_was_said(world: World) -> None:
    assert not world.outbox.was_said("command:1")
    world.outbox.enqueue_notice(ROUTE, "yes", "command:1", world.now)
    assert world.outbox.was_said("command:1")
