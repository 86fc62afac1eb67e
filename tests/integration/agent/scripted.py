"""A worker's services in this process, over a real cluster, with a model that says what the test wants."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from openclaw.composition.worker import WorkerServices, build_worker_services
from openclaw.domain.run import ReplayPolicy, RiskClass, StopReason, Usage
from openclaw.domain.transcript import ToolCallBlock
from openclaw.intake.machine_message import compaction_of
from openclaw.plugins.registry import Registry
from openclaw.ports.lanes import LaneState
from openclaw.ports.provider import (
    ModelEvent,
    ModelInfo,
    ModelRequest,
    Stopped,
    TextDelta,
    ToolCallDone,
    ToolSpec,
    UsageReport,
)
from openclaw.ports.tool import ToolOutcome
from tests.e2e.configs import WHOLE_REPLIES
from tests.integration.workers.cluster import Cluster, cluster
from tests.waiting import wait_until

CONFIG = """
[models.providers.scripted]
api = "scripted"
[[models.providers.scripted.models]]
id = "m"
context_window = {window}
{memory}
[channels.telegram.accounts.default]
token = "1:x"
webhook_secret = "s"
dm_policy = "open"
group_policy = "open"
{streaming}
[agents.main]
model = "scripted/m"
{more}
"""

_UNPARKED = """SELECT i.id FROM inbound i WHERE i.open AND NOT EXISTS
               (SELECT 1 FROM runs r WHERE r.session_id = i.session_id AND r.status = 'suspended')"""

Script = Callable[[ModelRequest], list[ModelEvent]]


def answers(text: str, tokens: int = 0) -> list[ModelEvent]:
    usage = [UsageReport(Usage(tokens, 1))] if tokens else []
    return [TextDelta(text), *usage, Stopped(StopReason.STOP)]


def calls(number: int, chars: int, tokens: int = 0) -> list[ModelEvent]:
    usage = [UsageReport(Usage(tokens, 1))] if tokens else []
    call = ToolCallBlock(f"call-{number}", "fill", {"chars": chars})
    return [ToolCallDone(call), *usage, Stopped(StopReason.TOOL_CALLS)]


def one_call(name: str, arguments: dict[str, object], call_id: str = "call-1") -> list[ModelEvent]:
    return [ToolCallDone(ToolCallBlock(call_id, name, arguments)), Stopped(StopReason.TOOL_CALLS)]


def is_summary(request: ModelRequest) -> bool:
    return not request.tools


@dataclass
class ScriptedProvider:
    """Answers as the test says, and remembers what it was asked."""

    script: Script = lambda request: answers("ok")
    asked: list[ModelRequest] = field(default_factory=list)
    apis = ("scripted",)

    def open(self, config: object) -> ScriptedProvider:
        return self

    def stream(self, request: ModelRequest, cancel: object) -> Iterator[ModelEvent]:
        self.asked.append(request)
        yield from self.script(request)

    def models(self) -> tuple[ModelInfo, ...]:
        return ()

    def close(self) -> None: ...


class Fill:
    """Gives back as much text as it is asked for."""

    spec = ToolSpec("fill", "Fill.", {"type": "object", "properties": {"chars": {"type": "integer"}}})
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self) -> None:
        self.runs = 0

    def run(self, arguments, context):
        self.runs += 1
        return ToolOutcome("x" * arguments["chars"])


class World:
    """One worker's services over a cluster and a scripted model."""

    def __init__(self, c: Cluster) -> None:
        self.cluster = c
        self.model = ScriptedProvider()
        self.tools = {"fill": Fill()}
        self.services = self.worker()

    def worker(self) -> WorkerServices:
        registry = Registry()
        for tool in self.tools.values():
            registry.add_tool(tool, source="the test")
        registry.add_provider(self.model, source="the test")
        return build_worker_services(self.cluster.live, registry)

    def turn(self, text: str) -> dict[str, object]:
        run_id = self.cluster.say(text)
        self.begin()
        return self.cluster.run(run_id)

    def ask_to_compact(self, hint: str) -> dict[str, object]:
        wish = compaction_of("agent:main:s", hint, f"test:{len(self.model.asked)}")
        run_id = self.cluster.intake.submit_machine_message(wish).run_id
        self.begin()
        return self.cluster.run(run_id)

    def begin(self) -> str:
        view = self.cluster.redis.lanes.view([1])[0]
        assert view.state is LaneState.GRANTED
        return self.services.runner.run(1, view.fence)

    def run_all(self) -> None:
        """Run the turns that are due, and those that become due by them, until only what is parked is left."""
        lanes, ledger = self.cluster.redis.lanes, self.cluster.ledger

        def nothing_left() -> bool:
            self.cluster.keeper.tick()
            ids = [row["id"] for row in ledger.query("SELECT id FROM sessions ORDER BY id")]
            due = [(id_, v.fence) for id_, v in zip(ids, lanes.view(ids), strict=True) if v.state is LaneState.GRANTED]
            for session_id, fence in due:
                self.services.runner.run(session_id, fence)
            return not due and not ledger.query(_UNPARKED)

        wait_until(nothing_left, 20)

    def resume(self) -> None:
        """Another worker takes the turn up once the dead one's lease is over."""
        self.cluster.reap_later()
        self.services = self.worker()
        self.begin()

    @property
    def state(self) -> LaneState:
        return self.cluster.redis.lanes.view([1])[0].state

    def steps(self, run_id: object) -> list[str]:
        return [row["kind"] for row in self.cluster.ledger.query("SELECT kind FROM steps WHERE run_id = ?", run_id)]

    def session(self) -> dict[str, object]:
        return self.cluster.ledger.query("SELECT * FROM sessions WHERE id = 1")[0]


@contextlib.contextmanager
def world_of(
    redis_url: str, *, window: int = 20_000, more: str = "", memory: str = "[memory]\nflush = false\n"
) -> Iterator[World]:
    # A turn that takes a moment longer on a busy machine shows nothing beside what a test expects of it.
    streaming = "" if "[messages.streaming]" in more else WHOLE_REPLIES
    with cluster(redis_url, CONFIG.format(window=window, more=more, memory=memory, streaming=streaming)) as c:
        c.keeper.open_lanes()
        yield World(c)
