"""What a turn does next depends on nothing but what it has committed."""

from openclaw.agent.next_action import Answer, AskModel, HandBack, RunTools, model_calls, next_action, next_index
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
ASKED_MODEL = StepRecord(0, StepKind.MODEL, StepStatus.FINISHED, 7)


def result(call: ToolCallBlock) -> Message:
    return tool_result(ToolResultBlock(call.id, call.name, "ok"))


def test_a_new_user_message_goes_to_the_model():
    assert next_action([user_text("hi")], []) == AskModel()


def test_tool_calls_without_results_are_run_in_call_order():
    assert next_action([user_text("hi"), ASKED], [ASKED_MODEL, DONE]) == RunTools((FIRST, SECOND), frozenset())


def test_only_the_calls_that_are_left_are_run():
    assert next_action([user_text("hi"), ASKED, result(FIRST)], [ASKED_MODEL, DONE]) == RunTools((SECOND,), frozenset())


def test_a_call_that_had_started_is_told_apart():
    assert next_action([user_text("hi"), ASKED], [ASKED_MODEL, STARTED]) == RunTools((FIRST, SECOND), frozenset({"c1"}))


def test_calls_that_an_aborted_turn_left_behind_are_not_run():
    assert next_action([user_text("hi"), ASKED, user_text("something else")], []) == AskModel()


def test_complete_results_go_back_to_the_model():
    assert next_action([user_text("hi"), ASKED, result(FIRST), result(SECOND)], [ASKED_MODEL, DONE]) == AskModel()


def test_results_count_wherever_a_steer_has_put_them():
    history = [user_text("hi"), ASKED, result(FIRST), user_text("wait"), result(SECOND)]
    assert next_action(history, [ASKED_MODEL, DONE]) == AskModel()


def test_an_answer_that_nobody_spoke_after_ends_the_turn():
    assert next_action([user_text("hi"), assistant_text("hello")], [ASKED_MODEL]) == Answer("hello")


def test_what_was_said_before_the_turn_is_no_answer_to_it():
    told = [user_text("hi"), assistant_text("hello"), tool_result(ToolResultBlock("gone", "read", "late"))]
    assert next_action(told, []) == AskModel()


def test_calls_of_the_clients_tools_are_handed_back_once_ours_are_done():
    history, client = [user_text("hi"), ASKED], {"lookup"}
    mixed = Message("assistant", (TextBlock("both"), FIRST, ToolCallBlock("c9", "lookup", {})))
    steps = [ASKED_MODEL, STARTED]
    assert next_action([history[0], mixed], steps, client) == RunTools((FIRST,), frozenset({"c1"}))
    assert next_action([history[0], mixed, result(FIRST)], [ASKED_MODEL, DONE], client) == HandBack("both")


def test_a_steer_that_comes_before_a_call_is_handed_back_goes_to_the_model():
    mixed = Message("assistant", (FIRST, ToolCallBlock("c9", "lookup", {})))
    history = [user_text("hi"), mixed, result(FIRST), user_text("wait")]
    assert next_action(history, [ASKED_MODEL, DONE], {"lookup"}) == AskModel()


def test_a_steer_after_the_answer_goes_to_the_model():
    assert next_action([user_text("hi"), assistant_text("hello"), user_text("and?")], [ASKED_MODEL]) == AskModel()


def test_steps_are_numbered_on_and_model_calls_counted():
    steps = [
        StepRecord(0, StepKind.MODEL, StepStatus.FINISHED, 7),
        StepRecord(1, StepKind.TOOL, StepStatus.FINISHED, 7),
        StepRecord(2, StepKind.MODEL, StepStatus.FINISHED, 8),
    ]
    assert (next_index(steps), next_index([]), model_calls(steps)) == (3, 0, 2)
