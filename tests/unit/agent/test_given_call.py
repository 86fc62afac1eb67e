"""A run of one given call: the call, then its result, and no model."""

from openclaw.agent.given_call import CallEnded, GivenCall, StartCall, next_of_call
from openclaw.agent.next_action import RunTools
from openclaw.domain.run import StepKind, StepStatus
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, tool_result, user_text
from openclaw.ports.store import StepRecord

CALL = ToolCallBlock("call_1", "read", {"path": "a"})
RESULT = ToolResultBlock("call_1", "read", "content")
STARTED = StepRecord(0, StepKind.TOOL, StepStatus.STARTED, 7, call_id="call_1", name="read")
ASKED = Message("assistant", (CALL,))


def test_the_call_is_started_then_run_then_it_has_ended():
    history = [user_text("[call]")]
    assert next_of_call(CALL, history, []) == StartCall(CALL)
    history.append(ASKED)
    assert next_of_call(CALL, history, [STARTED]) == RunTools((CALL,), frozenset({"call_1"}))
    history.append(tool_result(RESULT))
    assert next_of_call(CALL, history, [STARTED]) == CallEnded(RESULT)
    history.append(user_text("a steer that nobody asks a model about"))
    assert next_of_call(CALL, history, [STARTED]) == CallEnded(RESULT)


def test_a_conversation_that_was_there_before_changes_nothing():
    other = ToolCallBlock("call_0", "read", {})
    history = [user_text("[call]"), Message("assistant", (other,)), tool_result(ToolResultBlock("call_0", "read", "x"))]
    assert next_of_call(CALL, [*history, user_text("[call]")], []) == StartCall(CALL)


def test_a_call_is_an_option_of_its_run():
    given = GivenCall(CALL, "agent:main:main", {"pending": 1})
    assert GivenCall.from_options({"tool_call": given.to_json()}) == given
    assert GivenCall.from_options({"model": "x"}) is None
