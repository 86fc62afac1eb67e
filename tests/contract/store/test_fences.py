"""Who may write: the holder of the highest fence, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import StepKind, StepStatus, Usage
from openclaw.domain.transcript import assistant_text
from openclaw.errors import LanesRolledBack, StaleFence
from openclaw.ports.store import Claim, NoWork, ReplyChunk, RunChanges, StepRecord
from openclaw.store.models import metadata, outbox
from tests.contract.store.world import KEY, World, text_step

WRITES: dict[str, Callable[[World, Claim], object]] = {
    "commit": lambda world, claim: world.commit(
        claim, assistant_text("x"), finished=(text_step(0),), usage=Usage(1, 1)
    ),
    "finish": lambda world, claim: world.end(claim, "x", replies=("x",)),
    "say": lambda world, claim: world.runs.say(claim, text_step(0), [ReplyChunk("x")], world.now),
    "suspend": lambda world, claim: world.suspend(claim),
}


def contents(world: World) -> dict[str, object]:
    return {table.name: world.rows(table) for table in metadata.sorted_tables}


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_once_another_holder_has_claimed(world: World, write: str) -> None:
    claim = world.running()
    world.turn(claim.session_id)
    before = contents(world)
    with pytest.raises(StaleFence):
        WRITES[write](world, claim)
    assert contents(world) == before


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_after_the_next_holder_has_finished_the_run(world: World, write: str) -> None:
    claim = world.running()
    world.finish(world.turn(claim.session_id))
    before = contents(world)
    with pytest.raises(StaleFence):
        WRITES[write](world, claim)
    assert contents(world) == before


@pytest.mark.parametrize("write", ["commit", "say", "suspend"])
def test_nothing_is_written_to_a_run_that_is_over(world: World, write: str) -> None:
    claim = world.running()
    world.finish(claim)
    before = contents(world)
    with pytest.raises(StaleFence):
        WRITES[write](world, claim)
    assert contents(world) == before


@pytest.mark.parametrize("write", WRITES)
def test_the_holder_that_parked_a_run_writes_to_it_no_more(world: World, write: str) -> None:
    claim = world.running()
    world.suspend(claim)
    before = contents(world)
    with pytest.raises(StaleFence):
        WRITES[write](world, claim)
    assert contents(world) == before


def test_a_claim_that_finds_nothing_still_shuts_out_older_holders(world: World) -> None:
    claim = world.running()
    world.finish(claim)
    assert isinstance(world.claim(claim.session_id), NoWork)
    with pytest.raises(StaleFence):
        world.finish(claim)


def test_progress_under_an_old_fence_is_not_noted(world: World) -> None:
    claim = world.running()
    resumed = world.turn(claim.session_id)
    before = contents(world)
    world.runs.touch([(claim.run_id, claim.fence), ("unknown", 1)], world.now + 1000)
    assert contents(world) == before
    world.runs.touch([(resumed.run_id, resumed.fence)], world.now + 1000)
    assert contents(world) != before


def test_a_lower_fence_cannot_claim(world: World) -> None:
    accepted = world.send()
    world.runs.claim(accepted.session_id, 10, "h", world.now)
    before = contents(world)
    with pytest.raises(StaleFence):
        world.runs.claim(accepted.session_id, 9, "h", world.now)
    assert contents(world) == before


def test_a_fence_that_was_handed_out_before_shows_that_redis_went_back_in_time(world: World) -> None:
    accepted = world.send()
    world.runs.claim(accepted.session_id, 10, "h", world.now)
    with pytest.raises(LanesRolledBack):
        world.runs.claim(accepted.session_id, 10, "h", world.now)


def test_fences_of_later_epochs_fit(world: World) -> None:
    accepted = world.send()
    fence = 200_000 * 2**32 + 7
    claim = world.runs.claim(accepted.session_id, fence, "h", world.now)
    assert isinstance(claim, Claim)
    assert claim.fence == fence
    world.finish(claim)


def test_a_session_that_sql_does_not_know_lets_its_lane_rest(world: World) -> None:
    nothing = world.runs.claim(999_999, 1, "h", world.now)
    assert isinstance(nothing, NoWork)
    assert not nothing.outlook.more
    assert nothing.outlook.seen_ordinal >= 2**52


def test_a_failed_write_leaves_nothing_behind(world: World) -> None:
    claim = world.running()
    before = contents(world)
    with pytest.raises(Exception, match="not JSON serializable"):
        world.runs.commit(claim, RunChanges(finished=(text_step(0), _unstorable())), world.now)
    assert contents(world) == before
    assert world.sessions.session(KEY).active_run_id == claim.run_id


def _unstorable() -> object:
    step = text_step(1)
    step.payload["bytes"] = object()
    return step


@pytest.mark.spec("K1", "K4")
def test_part_of_an_answer_leaves_once_and_its_step_remembers_it(world: World) -> None:
    claim = world.running()
    step = StepRecord(1, StepKind.MODEL, StepStatus.STARTED, claim.fence, payload={"sent": ["One."]})
    steer = world.send("by the way", QueueMode.STEER)
    for _ in range(2):
        world.runs.say(claim, step, [ReplyChunk("One.", delay_ms=700)], world.now)
    (row,) = world.rows(outbox)
    assert (row["text"], row["state"], row["due_at_ms"]) == ("One.", "pending", world.now + 700)
    # A steer waits for the end of the step.
    assert world.commit(claim).steered_run_ids == (steer.run_id,)
    again = world.turn(claim.session_id)
    assert [(s.status, s.payload) for s in again.steps] == [(StepStatus.STARTED, {"sent": ["One."]})]
    with pytest.raises(StaleFence):
        world.runs.say(claim, step, [ReplyChunk("Two.", 1)], world.now)
    assert len(world.rows(outbox)) == 1
