"""Messages that bring a conversation along: what becomes of it in the transcript and in the turn."""

from __future__ import annotations

from openclaw.domain.run import Disposition, RunStatus, StepStatus, Usage
from openclaw.domain.transcript import (
    Message,
    TextBlock,
    ToolCallBlock,
    ToolResultBlock,
    assistant_text,
    messages_to_json,
    tool_result,
    user_text,
)
from openclaw.store.models import runs
from openclaw.store.repositories.turn_messages import HISTORY_ENTRIES
from tests.contract.store.world import KEY, World, text_step, tool_step

CALL = ToolCallBlock("c1", "lookup", {"word": "x"})
ASKED = Message("assistant", (TextBlock("let me see"), CALL))
RESULT = tool_result(ToolResultBlock("c1", "lookup", "found"))
EARLIER = (user_text("hi"), ASKED)


def given(*, history: tuple[Message, ...] = (), preface: tuple[Message, ...] = ()) -> dict[str, object]:
    found = {"history": messages_to_json(history), "preface": messages_to_json(preface), "model": "demo/echo"}
    return {name: value for name, value in found.items() if value}


def test_an_empty_conversation_takes_what_a_message_brings(world: World) -> None:
    claim = world.running("and now?", options=given(history=EARLIER, preface=(RESULT,)))
    assert claim.history == (*EARLIER, RESULT, user_text("and now?"))
    assert claim.session["message_count"] == 4
    world.finish(claim, "done")
    entries, total = world.sessions.history(KEY)
    assert (total, [e.seq for e in entries]) == (5, [1, 2, 3, 4, 5])
    assert [e.message for e in entries] == [*claim.history, assistant_text("done")]
    assert [e.run_id for e in entries] == ["", "", "", claim.run_id, claim.run_id]
    assert [e.facts.get("idempotencyKey") for e in entries[:4]] == [None, None, None, claim.run_id]


def test_a_run_does_not_keep_what_the_transcript_has(world: World) -> None:
    claim = world.running(options=given(history=EARLIER, preface=(RESULT,)))
    assert claim.options == world.rows(runs)[0]["options"] == {"model": "demo/echo"}


def test_a_conversation_that_goes_on_takes_only_what_is_new(world: World) -> None:
    world.finish(world.running("one"), "answer one")
    claim = world.running("two", options=given(history=EARLIER, preface=(RESULT,)))
    assert claim.history == (user_text("one"), assistant_text("answer one"), RESULT, user_text("two"))


def test_a_reset_conversation_is_empty_again(world: World) -> None:
    world.finish(world.running("one"))
    world.control.reset_session(KEY, world.now)
    assert world.running("two", options=given(history=EARLIER)).history == (*EARLIER, user_text("two"))


def test_a_message_may_consist_of_tool_results_alone(world: World) -> None:
    claim = world.running("", options=given(history=EARLIER, preface=(RESULT,)))
    assert claim.history == (*EARLIER, RESULT)
    world.finish(claim)
    assert world.disposition(claim.run_id) == "turn"


def test_an_empty_message_is_refused_even_with_a_history(world: World) -> None:
    assert world.send(" ", options=given(history=EARLIER)).disposition is Disposition.REJECTED


def test_of_a_very_long_history_the_newest_part_is_taken(world: World) -> None:
    long = tuple(user_text(f"n{number}") for number in range(HISTORY_ENTRIES + 3))
    claim = world.running("last", options=given(history=long))
    assert (len(claim.history), claim.history[0]) == (HISTORY_ENTRIES + 1, user_text("n3"))


def test_a_run_that_is_taken_up_again_sees_the_same(world: World) -> None:
    claim = world.running("and now?", options=given(history=EARLIER, preface=(RESULT,)))
    again = world.turn(claim.session_id)
    assert (again.history, again.options) == (claim.history, claim.options)


def test_a_given_conversation_costs_no_more_statements(world: World) -> None:
    world.finish(world.running())
    world.control.reset_session(KEY, world.now)
    accepted = world.send(options=given(history=EARLIER * 10, preface=(RESULT,)))
    with world.database.statement_count() as count:
        world.turn(accepted.session_id)
    assert (len(count.statements), count.transactions) == (8, 1)


def test_what_a_run_has_said_is_told_apart_from_what_it_was_told(world: World) -> None:
    first = world.running("one", options=given(history=EARLIER))
    world.commit(first, ASKED, finished=(text_step(0),), started=(tool_step(1, StepStatus.STARTED),))
    world.commit(first, RESULT, finished=(tool_step(1, StepStatus.FINISHED),))
    world.finish(first, "the answer")
    second = world.running("two")
    world.finish(second, "another")
    assert world.sessions.said(KEY, first.run_id) == [ASKED, assistant_text("the answer")]
    assert world.sessions.said(KEY, second.run_id) == [assistant_text("another")]
    assert world.sessions.said("agent:main:nobody", first.run_id) == []


def test_the_end_of_a_turn_counts_the_tokens_of_all_its_steps(world: World) -> None:
    claim = world.running()
    world.commit(claim, ASKED, finished=(text_step(0),), usage=Usage(100, 20, 3, 4))
    assert world.finish(claim).usage == world.finish(claim).usage == Usage(110, 25, 3, 4)
    assert world.control.run_view(claim.run_id).status is RunStatus.SUCCEEDED
