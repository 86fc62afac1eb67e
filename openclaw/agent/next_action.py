"""What a turn does next, read from what it has committed. Pure: the same history always gives the same answer.

Because every step is committed before the next starts, this is also all there is to resuming after a crash.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from openclaw.domain.run import StepKind, StepStatus
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock
from openclaw.ports.store import StepRecord


@dataclass(frozen=True, slots=True)
class AskModel:
    """The conversation waits for the model."""


@dataclass(frozen=True, slots=True)
class RunTools:
    """Tool calls of the last assistant message that have no result yet, in call order.

    ``began`` are the ids of calls that were recorded as started: after a crash their outcome may be unknown.
    """

    calls: tuple[ToolCallBlock, ...]
    began: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The model has answered; the turn can be finished with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class HandBack:
    """Only calls are left that whoever sent the message carries out: the turn ends with them."""

    text: str


NextAction = AskModel | RunTools | Answer | HandBack


def next_action(
    history: Sequence[Message], steps: Sequence[StepRecord], handed_back: Collection[str] = ()
) -> NextAction:
    """Decide from the committed conversation and steps; ``handed_back`` are the names of the client's own tools."""
    if not model_calls(steps):
        return AskModel()  # whatever stands there was said before this turn
    return what_follows(history, steps, handed_back)


def what_follows(
    history: Sequence[Message], steps: Sequence[StepRecord], handed_back: Collection[str] = ()
) -> NextAction:
    """What the end of the conversation asks for, in a turn that has added to it."""
    answered: set[str] = set()
    user_spoke = False
    own = {s.call_id for s in steps if s.kind is StepKind.TOOL}
    for message in reversed(history):
        if message.role == "assistant":
            waiting = tuple(c for c in message.tool_calls if c.id not in answered)
            if waiting and own.isdisjoint(c.id for c in message.tool_calls):
                return AskModel()  # left by an earlier turn that was aborted: not ours to run
            own_calls = tuple(c for c in waiting if c.name not in handed_back)
            if own_calls:
                began = frozenset(
                    s.call_id for s in steps if s.kind is StepKind.TOOL and s.status is StepStatus.STARTED
                )
                return RunTools(own_calls, began)
            if waiting and not user_spoke:
                return HandBack(message.text)
            if message.tool_calls or user_spoke:
                return AskModel()
            return Answer(message.text)
        if message.role == "user":
            user_spoke = True
        answered.update(b.call_id for b in message.blocks if isinstance(b, ToolResultBlock))
    return AskModel()


def model_calls(steps: Sequence[StepRecord]) -> int:
    """How often the run has asked a model so far."""
    return sum(1 for s in steps if s.kind is StepKind.MODEL)


def next_index(steps: Sequence[StepRecord]) -> int:
    """The index of the next new step."""
    return max((s.index for s in steps), default=-1) + 1


def first_unfinished(steps: Sequence[StepRecord]) -> int:
    """The index of the first model step of those that were cut short last, else of the next new step."""
    index = next_index(steps)
    for step in reversed(steps):
        if step.kind is not StepKind.MODEL or step.status is not StepStatus.STARTED:
            break
        index = step.index
    return index
