"""A tool call always gets a result, and effects are never repeated behind the person's back."""

from pathlib import Path

import pytest

from openclaw.agent.tool_step import DO_NOT_REPEAT, OUTCOME_UNKNOWN, RESULT_CHARS, run_call, waited
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.transcript import ToolCallBlock
from openclaw.errors import RunAborted, ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome


class Recorder:
    """A tool that counts its runs and does what it is told."""

    risk = RiskClass.READ

    def __init__(self, outcome, replay=ReplayPolicy.SAFE):
        self.spec = ToolSpec("recorder", "", {"type": "object"})
        self.replay = replay
        self.outcome = outcome
        self.runs = 0

    def run(self, arguments, context):
        self.runs += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


CALL = ToolCallBlock("c1", "recorder", {"a": 1})


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return ToolContext("run", "agent:main:main", "main", tmp_path, "demo/echo", CancelToken())


def run(tool, context, call=CALL, began=False):
    return run_call({"recorder": tool}, call, context, began=began)


def test_a_result_is_passed_on(context):
    assert run(Recorder(ToolOutcome("fine")), context).text == "fine"


def test_an_unknown_tool_is_an_error_the_model_sees(context):
    result = run_call({}, CALL, context, began=False)
    assert result.is_error
    assert "no tool named 'recorder'" in result.text


def test_broken_arguments_do_not_reach_the_tool(context):
    tool = Recorder(ToolOutcome("never"))
    result = run(tool, context, ToolCallBlock("c1", "recorder", None, raw='{"a": '))
    assert result.is_error
    assert '{"a": ' in result.text
    assert tool.runs == 0


@pytest.mark.parametrize(("replay", "text"), [(ReplayPolicy.ASK, OUTCOME_UNKNOWN), (ReplayPolicy.NEVER, DO_NOT_REPEAT)])
def test_a_tool_with_effects_that_was_interrupted_is_not_run_again(context, replay, text):
    tool = Recorder(ToolOutcome("twice"), replay)
    result = run(tool, context, began=True)
    assert (result.text, result.is_error, tool.runs) == (text, True, 0)


def test_a_harmless_tool_that_was_interrupted_is_run_again(context):
    tool = Recorder(ToolOutcome("again"))
    assert run(tool, context, began=True).text == "again"


def test_a_tool_error_is_shown_and_a_bug_is_not(context):
    assert run(Recorder(ToolError("no such file")), context).text == "no such file"
    hidden = run(Recorder(RuntimeError("secret detail")), context)
    assert hidden.is_error
    assert "secret detail" not in hidden.text


def test_an_abort_passes_through(context):
    with pytest.raises(RunAborted):
        run(Recorder(RunAborted("rpc")), context)


def test_a_suspension_is_handed_to_the_turn(context):
    assert run(Recorder(Suspension("approval")), context) == Suspension("approval")


def test_an_endless_result_is_cut_in_the_middle(context):
    text = run(Recorder(ToolOutcome("a" * RESULT_CHARS + "b" * RESULT_CHARS)), context).text
    assert len(text) < RESULT_CHARS + 100
    assert text.startswith("aaa")
    assert text.endswith("bbb")


def test_the_answer_to_a_wait_is_the_result_of_its_call():
    assert waited(CALL, {"text": "approved"}).text == "approved"
    assert waited(CALL, None).is_error
