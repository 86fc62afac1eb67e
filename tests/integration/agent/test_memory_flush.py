"""Before a conversation is summarized, what should last may be written down; nobody sees it, and nothing hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.domain.run import StopReason
from openclaw.domain.transcript import ToolCallBlock
from openclaw.errors import Overloaded
from openclaw.ports.provider import ModelEvent, ModelRequest, Stopped, ToolCallDone
from tests.integration.agent.scripted import World, answers, calls, is_summary, one_call, world_of
from tests.integration.agent.test_subagents import WorkerDied, last_said, results

pytestmark = [pytest.mark.spec("E4", "H7"), pytest.mark.timeout(60)]

NOTE = {"path": "memory/2026-11-27.md", "content": "Ann likes tea.\n"}


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, flush=True) as world:
        yield world


def is_flush(request: ModelRequest) -> bool:
    return last_said(request).startswith("[Before the older part")


def filling(world: World, flush: object) -> None:
    """A turn that reads so much that its conversation must be summarized; ``flush`` answers before that."""

    def script(request: ModelRequest) -> list[ModelEvent]:
        if is_flush(request):
            return flush(request)  # type: ignore[operator, no-any-return]
        if is_summary(request):
            return answers("A summary.")
        done = len(results(request))
        compacted = any("A summary." in message.text for message in request.messages)
        return answers("done") if compacted else calls(done, 12_000)

    world.model.script = script


def kinds(world: World, run: dict[str, object]) -> list[str]:
    return [kind for kind in world.steps(run["run_id"]) if kind in ("flush", "compaction")]


def test_notes_are_written_once_before_the_summary_and_nobody_sees_it(world: World) -> None:
    def flush(request: ModelRequest) -> list[ModelEvent]:
        return answers("NO_REPLY") if request.messages[-1].role == "tool" else one_call("write", NOTE, "note")

    filling(world, flush)
    run = world.turn("read much")
    assert (run["reply_text"], kinds(world, run)) == ("done", ["flush", "compaction"])
    (path,) = world.cluster.folder.rglob("2026-11-27.md")
    assert path.read_text() == "Ann likes tea.\n"
    asked = next(request for request in world.model.asked if is_flush(request))
    assert {tool.name for tool in asked.tools} == {"write", "edit", "memory_search", "memory_get"}
    transcript = " ".join(row["blocks"] for row in world.cluster.ledger.query("SELECT blocks FROM transcript"))
    assert "Ann likes tea" not in transcript
    assert "[Before the older part" not in transcript


def test_it_writes_to_memorys_own_files_alone(world: World) -> None:
    said: list[str] = []

    def flush(request: ModelRequest) -> list[ModelEvent]:
        if request.messages[-1].role == "tool":
            said.extend(results(request)[-2:])
            return answers("NO_REPLY")
        outside = [{"path": "AGENTS.md", "content": "x"}, {"path": "memory/../SOUL.md", "content": "x"}]
        made = [ToolCallDone(ToolCallBlock(f"n{n}", "write", dict(each))) for n, each in enumerate(outside)]
        return [*made, Stopped(StopReason.TOOL_CALLS)]

    filling(world, flush)
    assert world.turn("read much")["reply_text"] == "done"
    assert said == ["Only MEMORY.md and files in memory/ can be written now."] * 2
    assert not [*world.cluster.folder.rglob("AGENTS.md"), *world.cluster.folder.rglob("SOUL.md")]


def test_a_worker_that_dies_in_it_leaves_the_summary_to_be_made_without(world: World) -> None:
    def flush(_request: ModelRequest) -> list[ModelEvent]:
        raise WorkerDied

    filling(world, flush)
    run_id = world.cluster.say("read much")
    with pytest.raises(WorkerDied):
        world.begin()
    world.resume()
    run = world.cluster.run(run_id)
    assert (run["reply_text"], kinds(world, run)) == ("done", ["flush", "compaction"])
    assert sum(is_flush(request) for request in world.model.asked) == 1


def test_a_vendor_that_fails_in_it_costs_notes_and_nothing_more(world: World) -> None:
    def flush(_request: ModelRequest) -> list[ModelEvent]:
        raise Overloaded("busy")

    filling(world, flush)
    run = world.turn("read much")
    assert (run["reply_text"], kinds(world, run)) == ("done", ["flush", "compaction"])


def test_a_group_has_no_memory_to_write_to(world: World) -> None:
    filling(world, lambda _: answers("NO_REPLY"))
    world.cluster.say("read much", session="telegram:default:group:-100")
    world.run_all()
    assert world.cluster.ledger.query("SELECT reply_text FROM runs")[0]["reply_text"] == "done"
    assert not any(is_flush(request) for request in world.model.asked)
