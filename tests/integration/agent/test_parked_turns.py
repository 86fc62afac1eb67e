"""A turn that waits holds no slot, survives its process, and is woken by an answer, a steer, an abort or the clock.

The runner works in this process on a real lane table and database; grants are taken from the lanes as they come.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.composition.worker import WorkerServices, build_worker_services
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.plugins.registry import Registry
from openclaw.ports.lanes import LaneState
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolOutcome
from tests.integration.workers.cluster import Cluster, cluster

pytestmark = pytest.mark.spec("K2", "E2", "E3")


class AskPerson:
    """A tool that waits for somebody, or until a time."""

    spec = ToolSpec("ask_person", "Ask.", {"type": "object", "properties": {"due_at_ms": {"type": "integer"}}})
    replay = ReplayPolicy.ASK
    risk = RiskClass.READ

    def run(self, arguments, context):
        return Suspension("question", {"text": "may I?"}, int(arguments.get("due_at_ms", 0)))


class World:
    """One worker's services over a cluster, replaced when the worker "dies"."""

    def __init__(self, c: Cluster) -> None:
        self.cluster = c
        self.restart()

    def restart(self) -> None:
        registry = Registry()
        registry.add_tool(AskPerson(), source="the test")
        self.services: WorkerServices = build_worker_services(self.cluster.live, registry)

    @property
    def state(self) -> LaneState:
        return self.cluster.redis.lanes.view([1])[0].state

    def run(self) -> str:
        """Begin the lane's current grant."""
        view = self.cluster.redis.lanes.view([1])[0]
        assert view.state is LaneState.GRANTED
        return self.services.runner.run(1, view.fence)

    def ask(self, arguments: str = "{}") -> str:
        run_id = self.cluster.say(f"please [[tool:ask_person {arguments}]]")
        assert self.run() == "suspended"
        return run_id

    def slots(self) -> int:
        return int(self.cluster.redis.client.zcard("oc:{lane}:slots:main"))

    def reply(self, run_id: str) -> str:
        return str(self.cluster.run(run_id)["reply_text"])


@pytest.fixture
def world(redis_client, redis_url) -> Iterator[World]:
    with cluster(redis_url) as c:
        c.keeper.open_lanes()
        yield World(c)


def answer(world: World, run_id: str, text: str) -> None:
    wait_id = world.cluster.ledger.query("SELECT id FROM waits WHERE run_id = ?", run_id)[-1]["id"]
    work = world.cluster.storage.control.answer_wait(wait_id, {"text": text}, 1)
    if work is not None:
        world.cluster.keeper.submit([work])


def test_a_waiting_turn_holds_no_slot(world):
    world.ask()
    assert (world.state, world.slots()) == (LaneState.PARKED, 0)


def test_an_answer_resumes_the_turn_even_in_another_process(world):
    run_id = world.ask()
    world.restart()
    answer(world, run_id, "yes you may")
    assert world.run() == "succeeded"
    assert "yes you may" in world.reply(run_id)


def test_the_first_answer_counts(world):
    run_id = world.ask()
    answer(world, run_id, "first")
    answer(world, run_id, "second")
    world.run()
    assert "first" in world.reply(run_id)
    assert "second" not in world.reply(run_id)


def test_messages_that_arrive_meanwhile_wait_behind_it(world):
    run_id = world.ask()
    later = world.cluster.say("later", mode=QueueMode.FOLLOWUP)
    assert world.state is LaneState.PARKED
    answer(world, run_id, "go")
    assert world.run() == "succeeded"
    world.cluster.keeper.tick()
    assert world.cluster.run(later) == {} or world.cluster.run(later)["status"] != "aborted"


def test_a_steer_wakes_it_without_an_answer(world):
    run_id = world.ask()
    world.cluster.say("never mind, do something else", mode=QueueMode.STEER)
    assert world.run() == "succeeded"
    texts = [row["blocks"] for row in world.cluster.ledger.query("SELECT blocks FROM transcript ORDER BY seq")]
    assert any("never mind" in text for text in texts)
    assert world.cluster.run(run_id)["status"] == "succeeded"


def test_an_interrupt_aborts_it_and_runs(world):
    run_id = world.ask()
    urgent = world.cluster.say("urgent", mode=QueueMode.INTERRUPT)
    assert world.run() == "aborted"
    assert world.run() == "succeeded"
    assert world.cluster.run(run_id)["status"] == "aborted"
    assert "urgent" in world.reply(urgent)


def test_an_abort_ends_it(world):
    run_id = world.ask()
    world.cluster.intake.abort("agent:main:s", run_id)
    assert world.run() == "aborted"
    assert world.state is LaneState.IDLE


def test_a_wait_with_a_time_answers_itself(world):
    run_id = world.ask('{"due_at_ms": 1}')
    world.cluster.keeper.sweep()
    assert world.run() == "succeeded"
    assert world.cluster.run(run_id)["status"] == "succeeded"


def test_it_is_still_parked_after_redis_was_emptied_and_still_answered(world, redis_client):
    run_id = world.ask()
    redis_client.flushall()
    world.cluster.keeper.recover()
    answer(world, run_id, "after the flood")
    assert world.run() == "succeeded"
    assert "after the flood" in world.reply(run_id)


class Gated:
    """A tool that asks a person first and then acts; what it did is on disk."""

    spec = ToolSpec("gated", "Act.", {"type": "object"})
    risk = RiskClass.EXECUTE

    def __init__(self, folder, replay: ReplayPolicy = ReplayPolicy.ASK) -> None:
        self.replay = replay
        self.done = folder / "done"
        self.dies = False

    def run(self, arguments, context):
        if context.answer is None:
            return Suspension("approval", {"what": "act"}, again=True)
        if self.dies:
            self.dies = False
            raise WorkerDied
        with self.done.open("a") as file:
            file.write("x")
        return ToolOutcome(f"acted after {context.answer['text']}")


class WorkerDied(BaseException):
    """What no turn survives."""


@pytest.fixture
def gated(world, tmp_path) -> Gated:
    tool = Gated(tmp_path)
    registry = Registry()
    registry.add_tool(tool, source="the test")
    world.services = build_worker_services(world.cluster.live, registry)
    return tool


def ask_for_it(world: World) -> str:
    run_id = world.cluster.say("please [[tool:gated {}]]")
    assert world.run() == "suspended"
    return run_id


def test_a_call_is_made_once_the_person_has_answered(world, gated):
    run_id = ask_for_it(world)
    assert world.state is LaneState.PARKED
    assert not gated.done.exists()
    answer(world, run_id, "yes")
    world.run()
    assert gated.done.read_text() == "x"
    assert "acted after yes" in world.reply(run_id)


def test_a_worker_that_dies_before_the_call_leaves_it_to_the_next(world, gated, monkeypatch):
    run_id = ask_for_it(world)
    answer(world, run_id, "yes")
    monkeypatch.setattr("openclaw.agent.turn_tools.run_call", dies)
    with pytest.raises(WorkerDied):
        world.run()
    monkeypatch.undo()
    # What is committed says that it runs, so nobody may assume that it did not.
    resume(world)
    assert not gated.done.exists()
    assert "its outcome is unknown" in world.reply(run_id)


def test_a_worker_that_dies_in_the_middle_of_a_call_without_effects_lets_it_be_made_again(world, gated):
    gated.replay, gated.dies = ReplayPolicy.SAFE, True
    run_id = ask_for_it(world)
    answer(world, run_id, "yes")
    with pytest.raises(WorkerDied):
        world.run()
    resume(world)
    assert gated.done.read_text() == "x"
    assert "acted after yes" in world.reply(run_id)


def test_a_worker_that_dies_in_the_middle_of_a_call_with_effects_does_not_repeat_it(world, gated):
    gated.dies = True
    run_id = ask_for_it(world)
    answer(world, run_id, "yes")
    with pytest.raises(WorkerDied):
        world.run()
    resume(world)
    assert not gated.done.exists()
    assert "its outcome is unknown" in world.reply(run_id)


def test_a_steer_ends_the_wait_and_nothing_is_done(world, gated):
    run_id = ask_for_it(world)
    world.cluster.say("never mind", mode=QueueMode.STEER)
    world.run()
    assert not gated.done.exists()
    assert world.cluster.run(run_id)["status"] == "succeeded"


def test_an_answer_that_came_first_is_taken(world, gated):
    run_id = world.cluster.say("please [[tool:gated {}]]")
    world.cluster.storage.control.answer_wait(f"{run_id}:1", {"text": "early"}, 1)
    world.run()
    assert gated.done.read_text() == "x"
    assert "acted after early" in world.reply(run_id)


def dies(*_args, **_kwargs):
    raise WorkerDied


def resume(world: World) -> None:
    """Another worker takes the turn up once the dead one's lease is over."""
    world.cluster.reap_later()
    world.run()
