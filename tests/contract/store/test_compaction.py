"""A summary takes the place of what it stands for in what models see, and nowhere else."""

from __future__ import annotations

import pytest

from openclaw.domain.run import RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.transcript import assistant_text, user_text
from openclaw.errors import StaleFence
from openclaw.ports.store import Compaction, ContextMark, FinishRequest, RunChanges, StepRecord
from openclaw.store.models import sessions, transcript
from tests.contract.store.world import KEY, World

pytestmark = pytest.mark.spec("E4")


def compacted(world: World, claim, first_kept_seq: int, summary: str = "the summary", index: int = 0):
    step = StepRecord(index, StepKind.COMPACTION, StepStatus.FINISHED, claim.fence, payload={"reason": "window"})
    record = Compaction(summary, first_kept_seq, tokens_before=900, tokens_after=90)
    return world.runs.commit(claim, RunChanges(finished=(step,), usage=Usage(7, 3), compaction=record), world.now)


def test_the_next_claim_sees_the_summary_and_what_was_kept(world: World) -> None:
    claim = world.running("one")
    world.commit(claim, assistant_text("two"), user_text("three"))
    compacted(world, claim, first_kept_seq=3)
    again = world.turn(claim.session_id)
    assert [(m.role, m.text) for m in again.history] == [("user", "the summary"), ("user", "three")]
    assert [m.seq for m in again.history] == [4, 3]
    assert [step.kind for step in again.steps] == [StepKind.COMPACTION]
    assert again.usage == Usage(7, 3)


def test_a_later_summary_takes_the_place_of_an_earlier_one(world: World) -> None:
    claim = world.running("one")
    compacted(world, claim, first_kept_seq=1, summary="first")
    world.commit(claim, assistant_text("two"))
    compacted(world, claim, first_kept_seq=3, summary="second", index=1)
    world.finish(claim)
    following = world.running("next")
    assert [m.text for m in following.history] == ["second", "two", "done", "next"]
    assert world.rows(sessions)[0]["compactions"] == 2


def test_people_still_read_all_of_it(world: World) -> None:
    claim = world.running("one")
    world.commit(claim, assistant_text("two"))
    compacted(world, claim, first_kept_seq=2)
    assert [row["role"] for row in world.rows(transcript)] == ["user", "assistant", "compaction"]
    facts = world.rows(transcript)[-1]["facts"]
    assert facts == {"firstKeptSeq": 2, "tokensBefore": 900, "tokensAfter": 90}


def test_a_holder_that_lost_its_lane_compacts_nothing(world: World) -> None:
    claim = world.running("one")
    world.turn(claim.session_id)
    with pytest.raises(StaleFence):
        compacted(world, claim, first_kept_seq=1)
    assert world.rows(sessions)[0]["compacted_seq"] == 0


def test_what_a_vendor_counted_is_remembered_until_the_conversation_changes_shape(world: World) -> None:
    claim = world.running("one")
    world.commit(claim, assistant_text("two"), context_tokens=1234)
    assert world.turn(claim.session_id).context == ContextMark(1234, 2)
    claim = world.turn(claim.session_id)
    compacted(world, claim, first_kept_seq=2)
    assert world.turn(claim.session_id).context == ContextMark()


def test_a_new_conversation_knows_of_no_summary(world: World) -> None:
    claim = world.running("one")
    compacted(world, claim, first_kept_seq=1)
    world.finish(claim)
    world.control.reset_session(KEY, world.now)
    fresh = world.running("hello")
    assert [m.text for m in fresh.history] == ["hello"]
    row = world.rows(sessions)[0]
    assert (row["compacted_seq"], row["kept_seq"], row["compactions"]) == (0, 0, 0)


def test_a_session_stays_with_an_auth_profile_until_a_summary(world: World) -> None:
    claim = world.running("one")
    world.runs.commit(claim, RunChanges(auth_pin="acme:team"), world.now)
    world.runs.commit(claim, RunChanges(), world.now)
    again = world.turn(claim.session_id)
    assert again.auth_pin == "acme:team"
    compacted(world, again, first_kept_seq=1)
    assert world.turn(claim.session_id).auth_pin == ""


def test_a_holder_that_lost_its_lane_pins_nothing(world: World) -> None:
    claim = world.running("one")
    world.turn(claim.session_id)
    with pytest.raises(StaleFence):
        world.runs.commit(claim, RunChanges(auth_pin="acme:team"), world.now)
    assert world.rows(sessions)[0]["auth_pin"] == ""


def test_the_profile_of_a_turn_s_answer_is_known_to_the_next_turn(world: World) -> None:
    claim = world.running("one")
    answered = RunChanges(messages=(assistant_text("two"),), auth_pin="acme:team")
    world.runs.finish(claim, FinishRequest(RunStatus.SUCCEEDED, "stop", answered, now_ms=world.now))
    assert world.running("two").auth_pin == "acme:team"
