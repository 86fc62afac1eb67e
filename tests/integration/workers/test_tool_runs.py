"""Runs of one given tool call, on a real store and real lanes; the worker's part runs in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from openclaw.agent.given_call import GivenCall
from openclaw.agent.tool_step import OUTCOME_UNKNOWN
from openclaw.composition.worker import WorkerServices, build_worker_services
from openclaw.domain.envelope import Sender
from openclaw.domain.run import ReplayPolicy, RiskClass, StepKind, StepStatus
from openclaw.domain.transcript import Message, ToolCallBlock
from openclaw.errors import ToolError
from openclaw.intake.machine_message import MachineMessage
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.store import Claim, RunChanges, StepRecord
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from tests.integration.workers.cluster import Cluster, cluster

SESSION = "agent:main:tool:1"


class Effect:
    """A tool with an effect that can be counted."""

    spec = ToolSpec("effect", "Do it.", {"type": "object"})
    replay = ReplayPolicy.ASK
    risk = RiskClass.WRITE

    def __init__(self) -> None:
        self.contexts: list[ToolContext] = []

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        self.contexts.append(context)
        if "wrong" in arguments:
            raise ToolError("that is wrong")
        return Suspension("question", {}) if "wait" in arguments else ToolOutcome(f"did {arguments}")


class Bench:
    """One cluster, its worker's services and the tool."""

    def __init__(self, c: Cluster) -> None:
        self.cluster = c
        self.tool = Effect()
        registry = Registry()
        registry.add_tool(self.tool, source="the test")
        self.services: WorkerServices = build_worker_services(c.live, registry)

    def ask(self, name: str = "effect", **arguments: Any) -> str:
        given = GivenCall(
            ToolCallBlock(f"call_{len(self.tool.contexts) + 1}", name, arguments), "agent:main:talk", {"pending": 3}
        )
        message = MachineMessage(
            session_key=SESSION,
            text=f"[Call of the tool {name}]",
            source_key=f"tool:{len(self.tool.contexts)}:{arguments}:{name}",
            sender=Sender("operator", is_owner=True),
            options={"tool_call": given.to_json()},
            archived=True,
        )
        return self.cluster.intake.submit_machine_message(message).run_id

    def run(self) -> str:
        return self.services.runner.run(1, self.cluster.redis.lanes.view([1])[0].fence)

    def lost_attempt(self) -> Claim:
        """A worker claims the run and dies."""
        claim = self.cluster.storage.runs.claim(1, 1, "elsewhere", self.services.clock())
        assert isinstance(claim, Claim)
        return claim


@pytest.fixture
def bench(redis_client: object, redis_url: str) -> Iterator[Bench]:
    with cluster(redis_url, '[agents.main.tools]\ndeny = ["read"]\n') as c:
        c.keeper.open_lanes()
        yield Bench(c)


def roles(c: Cluster) -> list[str]:
    return [entry.message.role for entry in c.storage.sessions.history(SESSION)[0]]


@pytest.mark.spec("E9", "H2")
def test_the_call_is_the_whole_turn_and_its_result_the_answer(bench: Bench) -> None:
    run_id = bench.ask(x=1)
    assert bench.run() == "succeeded"
    run = bench.cluster.run(run_id)
    assert (run["reply_text"], run["input_tokens"], run["model"]) == ("did {'x': 1}", 0, "")
    assert roles(bench.cluster) == ["user", "assistant", "tool"]
    (context,) = bench.tool.contexts
    assert (context.session_key, context.session, context.agent_id) == ("agent:main:talk", {"pending": 3}, "main")
    view = bench.cluster.storage.control.run_view(run_id)
    assert view is not None
    assert view.text == "did {'x': 1}"
    bench.ask(x=2)
    assert bench.run() == "succeeded", "also in a session that has a conversation already"
    assert len(bench.tool.contexts) == 2


@pytest.mark.spec("E9")
@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("effect", {"wrong": 1}, "that is wrong"),
        ("read", {"path": "a"}, "may not be used here: removed by agents.main.tools (deny read)"),
        ("nosuch", {}, "no tool named"),
    ],
)
def test_a_call_that_fails_is_a_run_that_failed(bench: Bench, name: str, arguments: dict[str, Any], error: str) -> None:
    run_id = bench.ask(name, **arguments)
    assert bench.run() == "failed"
    run = bench.cluster.run(run_id)
    assert error in str(run["error"])
    assert run["error_kind"] == "tool"


@pytest.mark.spec("K1")
def test_a_call_that_had_not_begun_is_made_by_the_next_worker(bench: Bench) -> None:
    run_id = bench.ask(x=1)
    bench.lost_attempt()
    assert bench.run() == "succeeded"
    assert bench.cluster.run(run_id)["reply_text"] == "did {'x': 1}"


@pytest.mark.spec("K1")
def test_a_call_that_had_begun_is_not_made_again_behind_the_callers_back(bench: Bench) -> None:
    run_id = bench.ask(x=1)
    claim = bench.lost_attempt()
    call = ToolCallBlock("call_1", "effect", {"x": 1})
    started = StepRecord(0, StepKind.TOOL, StepStatus.STARTED, claim.fence, "call_1", "effect")
    changes = RunChanges((Message("assistant", (call,)),), started=(started,))
    bench.cluster.storage.runs.commit(claim, changes, bench.services.clock())
    assert bench.run() == "failed"
    assert bench.tool.contexts == []
    assert bench.cluster.run(run_id)["error"] == OUTCOME_UNKNOWN


@pytest.mark.spec("K2")
def test_a_call_that_waits_holds_no_slot_and_its_answer_is_the_result(bench: Bench) -> None:
    run_id = bench.ask(wait=1)
    assert bench.run() == "suspended"
    (wait,) = bench.cluster.ledger.query("SELECT id FROM waits WHERE run_id = ?", run_id)
    work = bench.cluster.storage.control.answer_wait(wait["id"], {"text": "you may"}, 1)
    assert work is not None
    bench.cluster.keeper.submit([work])
    assert bench.run() == "succeeded"
    assert bench.cluster.run(run_id)["reply_text"] == "you may"


@pytest.mark.spec("K1", "E9")
def test_a_tool_that_a_model_calls_on_a_later_attempt_is_run_there(bench: Bench) -> None:
    """The first attempt dies before its model has answered; nothing of the call has begun."""
    run_id = bench.cluster.say('please [[tool:effect {"x": 1}]]')
    bench.lost_attempt()
    assert bench.run() == "succeeded"
    assert "did {'x': 1}" in str(bench.cluster.run(run_id)["reply_text"])


@pytest.mark.spec("E9")
def test_a_model_that_calls_a_tool_it_may_not_use_gets_none(bench: Bench) -> None:
    run_id = bench.cluster.say('please [[tool:read {"path": "AGENTS.md"}]]')
    assert bench.run() == "succeeded"
    assert "read may not be used here" in str(bench.cluster.run(run_id)["reply_text"])
