"""What a turn does next depends on nothing but what it has committed."""

from openclaw.agent.next_action import Answer, AskModel, RunTools, model_calls, next_action, next_index
from openclaw.domain.run import StepKind, StepStatus
from openclaw.domain.transcript import (
    Message,
    TextBlock,
    ToolCallBlock,
    ToolResultBlock,
    assistant_text,
    tool_result,
    user_text,
)
from openclaw.ports.store import StepRecord

FIRST = ToolCallBlock("c1", "read", {"path": "a"})
SECOND = ToolCallBlock("c2", "read", {"path": "b"})
ASKED = Message("assistant", (TextBlock("let me look"), FIRST, SECOND))


#: The commit of a model step records its first call as started.
STARTED = StepRecord(1, StepKind.TOOL, StepStatus.STARTED, 7, call_id="c1", name="read")
DONE = StepRecord(1, StepKind.TOOL, StepStatus.FINISHED, 7, call_id="c1", name="read")


def result(call: ToolCallBlock) -> Message:
    return tool_result(ToolResultBlock(call.id, call.name, "ok"))


def test_a_new_user_message_goes_to_the_model():
    assert next_action([user_text("hi")], []) == AskModel()


def test_tool_calls_without_results_are_run_in_call_order():
    assert next_action([user_text("hi"), ASKED], [DONE]) == RunTools((FIRST, SECOND), frozenset())


def test_only_the_calls_that_are_left_are_run():
    assert next_action([user_text("hi"), ASKED, result(FIRST)], [DONE]) == RunTools((SECOND,), frozenset())


def test_a_call_that_had_started_is_told_apart():
    assert next_action([user_text("hi"), ASKED], [STARTED]) == RunTools((FIRST, SECOND), frozenset({"c1"}))


def test_calls_that_an_aborted_turn_left_behind_are_not_run():
    assert next_action([user_text("hi"), ASKED, user_text("something else")], []) == AskModel()


def test_complete_results_go_back_to_the_model():
    assert next_action([user_text("hi"), ASKED, result(FIRST), result(SECOND)], []) == AskModel()


def test_results_count_wherever_a_steer_has_put_them():
    history = [user_text("hi"), ASKED, result(FIRST), user_text("wait"), result(SECOND)]
    assert next_action(history, []) == AskModel()


def test_an_answer_that_nobody_spoke_after_ends_the_turn():
    assert next_action([user_text("hi"), assistant_text("hello")], []) == Answer("hello")


def test_a_steer_after_the_answer_goes_to_the_model():
    assert next_action([user_text("hi"), assistant_text("hello"), user_text("and?")], []) == AskModel()


def test_steps_are_numbered_on_and_model_calls_counted():
    steps = [
        StepRecord(0, StepKind.MODEL, StepStatus.FINISHED, 7),
        StepRecord(1, StepKind.TOOL, StepStatus.FINISHED, 7),
        StepRecord(2, StepKind.MODEL, StepStatus.FINISHED, 8),
    ]
    assert (next_index(steps), next_index([]), model_calls(steps)) == (3, 0, 2)
