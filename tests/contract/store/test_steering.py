"""Messages that go into a turn that is running already."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import Disposition, RunStatus
from openclaw.domain.transcript import assistant_text
from openclaw.ports.store import Committed, Finished
from openclaw.store.models import inbound
from tests.contract.store.world import KEY, World, text_step


def test_steers_enter_the_running_turn_at_its_next_commit_in_order(world: World) -> None:
    claim = world.running()
    sent = [world.send(f"s{n}", QueueMode.STEER) for n in range(3)]
    committed = world.commit(claim, assistant_text("thinking"), finished=(text_step(0),))
    assert [m.text for m in committed.steers] == ["s0", "s1", "s2"]
    assert committed.steered_run_ids == tuple(a.run_id for a in sent)
    assert world.commit(claim).steers == ()
    world.finish(claim)
    assert [world.disposition(a.run_id) for a in sent] == ["steered"] * 3
    view = world.control.run_view(sent[0].run_id)
    assert (view.turn_run_id, view.status) == (claim.run_id, RunStatus.SUCCEEDED)
    entries, _ = world.sessions.history(KEY)
    assert [(e.seq, e.message.text) for e in entries] == [
        (1, "first"),
        (2, "thinking"),
        (3, "s0"),
        (4, "s1"),
        (5, "s2"),
        (6, "done"),
    ]
    assert entries[2].facts["idempotencyKey"] == sent[0].run_id


def test_a_successful_finish_that_finds_steers_goes_on_instead(world: World) -> None:
    claim = world.running()
    steer = world.send("one more thing", QueueMode.STEER)
    ended = world.end(claim, "draft", replies=("draft",))
    assert isinstance(ended, Committed)
    assert ended.steered_run_ids == (steer.run_id,)
    assert world.sessions.session(KEY).active_run_id == claim.run_id
    assert world.control.run_view(claim.run_id).status is RunStatus.RUNNING
    assert isinstance(world.end(claim, "final"), Finished)
    entries, _ = world.sessions.history(KEY)
    assert [e.message.text for e in entries] == ["first", "draft", "one more thing", "final"]
    assert world.control.run_view(claim.run_id).usage.input_tokens == 20


def test_a_steer_that_came_too_late_is_the_next_turn(world: World) -> None:
    claim = world.running()
    steer = world.send("too late", QueueMode.STEER)
    ended = world.end(claim, status=RunStatus.FAILED)
    assert isinstance(ended, Finished)
    assert ended.outlook.more
    assert world.turn(claim.session_id).run_id == steer.run_id


def test_a_steer_backlog_message_is_steered_and_has_a_turn_of_its_own(world: World) -> None:
    claim = world.running()
    both = world.send("twice", QueueMode.STEER_BACKLOG)
    assert world.commit(claim).steered_run_ids == (both.run_id,)
    assert world.commit(claim).steered_run_ids == ()
    assert isinstance(world.end(claim), Finished)
    assert world.control.run_view(both.run_id).status is RunStatus.QUEUED
    own = world.turn(claim.session_id)
    assert own.run_id == both.run_id
    world.finish(own)
    row = world.rows(inbound)[1]
    assert (row["disposition"], row["steered_run_id"], row["turn_run_id"]) == ("turn", claim.run_id, both.run_id)


@pytest.mark.parametrize("other", [{"sender": "bob"}, {"owner": True}], ids=["sender", "permissions"])
def test_nobody_elses_steer_enters_a_turn(world: World, other: dict[str, object]) -> None:
    claim = world.running()
    foreign = world.send("me too", QueueMode.STEER, **other)
    mine = world.send("mine", QueueMode.STEER)
    assert world.commit(claim).steered_run_ids == (mine.run_id,)
    assert isinstance(world.end(claim), Finished)
    assert world.turn(claim.session_id).run_id == foreign.run_id


def test_an_aborted_turn_takes_no_steers(world: World) -> None:
    claim = world.running()
    steer = world.send("later", QueueMode.STEER)
    world.send("now", QueueMode.INTERRUPT)
    committed = world.commit(claim)
    assert (committed.abort_reason, committed.steers) == ("interrupt", ())
    assert isinstance(world.end(claim), Finished)
    assert world.disposition(steer.run_id) is None


def test_a_steer_that_waited_before_the_turn_began_enters_it_too(world: World) -> None:
    first = world.running()
    a, b = world.send("a", QueueMode.STEER), world.send("b", QueueMode.STEER)
    world.finish(first, status=RunStatus.FAILED)
    claim = world.turn(first.session_id)
    assert claim.run_id == a.run_id
    assert world.commit(claim).steered_run_ids == (b.run_id,)
    assert world.disposition(b.run_id) == Disposition.STEERED.value
