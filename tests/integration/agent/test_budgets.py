"""Budgets hold over all workers, whoever asks and whoever dies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.domain.envelope import Sender
from openclaw.domain.run import StopReason, Usage
from openclaw.intake.reading import Rights
from openclaw.ports.provider import ModelEvent, Stopped, TextDelta, UsageReport
from tests.e2e.configs import provider
from tests.integration.agent.scripted import World, world_of
from tests.integration.agent.test_subagents import Replies, WorkerDied, die_at, scripted, spawning
from tests.integration.workers.cluster import cluster
from tests.waiting import wait_until
from tests.wire.openai.server import OpenAIWireServer

pytestmark = [pytest.mark.spec("K8"), pytest.mark.timeout(90)]

AT_ONCE = "[messages.queue]\ndebounce_ms = 0\n"


def budget(**more: object) -> str:
    said = "".join(f"{name} = {value!r}\n" for name, value in more.items())
    return f"[[budgets]]\n{said}"


def answer(tokens_in: int, tokens_out: int) -> list[ModelEvent]:
    return [TextDelta("ok"), UsageReport(Usage(tokens_in, tokens_out)), Stopped(StopReason.STOP)]


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    more = AT_ONCE + budget(scope="agent", usd=0.05) + budget(scope="sender", match="owner", tokens=1_000_000)
    with world_of(redis_url, more=more) as world:
        yield world


def replies(world: World) -> list[str]:
    rows = world.cluster.ledger.query("SELECT * FROM runs ORDER BY started_at_ms")
    return [row["reply_text"] or row["error"] for row in rows]


def spent(world: World) -> list[tuple[str, int, int]]:
    rows = world.cluster.ledger.query("SELECT * FROM budget_spend ORDER BY account")
    return [(row["account"], row["microusd"], row["tokens"]) for row in rows]


def test_calls_are_refused_when_a_budget_is_used_up_and_the_person_is_told(
    redis_client: object, redis_url: str
) -> None:
    with world_of(redis_url, more=AT_ONCE + budget(scope="agent", tokens=2_500)) as world:
        world.model.script = lambda _: answer(1_000, 500)
        for _ in range(3):
            world.turn("hello")
        *answered, refused = replies(world)
        assert answered == ["ok", "ok"]
        assert refused.startswith("The budget of this agent for this day is used up. It renews at ")
        assert spent(world) == [("agent:main", 0, 3_000)]
        assert len(world.model.asked) == 2
        assert world.cluster.ledger.query("SELECT * FROM budget_holds") == []


def test_without_budgets_nothing_is_written(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=AT_ONCE) as world:
        world.model.script = lambda _: answer(1_000, 500)
        world.turn("hello")
        assert spent(world) == []


def test_a_worker_that_dies_in_a_call_leaves_its_least_counted_and_nothing_held(
    redis_client: object, redis_url: str
) -> None:
    with world_of(redis_url, more=AT_ONCE + budget(scope="session", period="month", tokens=100_000)) as world:
        world.model.script = lambda _: answer(1_000, 500)
        run_id = world.cluster.say("hello")

        def die(_request: object) -> list[ModelEvent]:
            raise WorkerDied

        world.model.script, alive = die, world.model.script
        with pytest.raises(WorkerDied):
            world.begin()
        ((_, _, before),) = spent(world)
        world.model.script = alive
        world.resume()
        ((account, _, after),) = spent(world)
        assert world.cluster.run(run_id)["status"] == "succeeded"
        assert account == "session:agent:main:s"
        assert (before, after > 1_500) == (0, True)
        assert world.cluster.ledger.query("SELECT * FROM budget_holds") == []


def test_a_worker_that_dies_behind_the_commit_counts_once(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=AT_ONCE + budget(tokens=100_000)) as world:
        world.model.script = lambda _: answer(1_000, 500)
        world.cluster.say("hello")
        arm(die_at(CrashPoint.FINISH_AFTER_COMMIT))
        with pytest.raises(WorkerDied):
            world.begin()
        arm(None)
        world.resume()
        assert spent(world) == [("all:", 0, 1_500)]


def test_a_call_waits_parked_while_others_hold_what_is_left(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=AT_ONCE + budget(tokens=20_000)) as world:
        first, second = world.cluster.say("one", session="a"), world.cluster.say("two", session="b")

        def meanwhile(_request: object) -> list[ModelEvent]:
            world.model.script = lambda _: answer(1_000, 500)
            fence = world.cluster.redis.lanes.view([2])[0].fence
            world.services.runner.run(2, fence)
            assert world.cluster.run(second)["status"] == "suspended"
            return answer(1_000, 500)

        world.model.script = meanwhile
        world.begin()
        assert world.cluster.run(first)["status"] == "succeeded"
        world.cluster.keeper.answer_wait(world.cluster.run(second)["wait_id"], {"outcome": "due"})
        world.run_all()
        assert world.cluster.run(second)["status"] == "succeeded"
        assert spent(world) == [("all:", 0, 3_000)]


def test_people_see_what_was_used(world: World) -> None:
    world.model.script = lambda _: answer(1_000, 500)
    world.turn("hello")
    intake, rights = world.cluster.intake, Rights(owner=True)
    status = intake.answer_commands(intake.read("/status", rights).commands, "agent:main:s", "operator", rights) or ""
    assert "Budget of this agent, by day: $0.00 of $0.05" in status
    assert "Budget of this sender, by day: 1,500 of 1,000,000 tokens" in status
    cost = intake.answer_commands(intake.read("/usage cost", rights).commands, "agent:main:s", "operator", rights) or ""
    assert cost.startswith("Used here: 1,000 tokens in, 500 out.")


def test_over_many_workers_a_budget_is_overdrawn_by_one_call_at_the_most(redis_client: object, redis_url: str) -> None:
    limit = 300_000
    with OpenAIWireServer(tokens=4) as vendor:
        model = provider("mock", "openai-completions", vendor.base_url).rstrip() + "\nmax_output_tokens = 400\n"
        cost = "[models.providers.mock.models.cost]\ninput = 1.0\noutput = 100.0\n"
        config = f'{AT_ONCE}{model}{cost}[agents.main]\nmodel = "mock/wire-1"\n'
        with cluster(redis_url, config + budget(usd=limit / 1_000_000)) as c:
            c.keeper.open_lanes()
            for pool in ("threads", "prefork"):
                c.start(pool=pool, concurrency=3)
            for number in range(24):
                c.say("[[tokens:200]] hello", session=f"s{number}")

            def all_over() -> bool:
                c.keeper.sweep()  # what beat does: it wakes those that waited for the others to be settled
                return not c.ledger.query("SELECT id FROM inbound WHERE open")

            wait_until(all_over, 60)
            calls = c.ledger.query("SELECT max(cost_microusd) AS dearest, sum(cost_microusd) AS sum FROM runs")[0]
            (purse,) = c.ledger.query("SELECT * FROM budget_spend")
            assert purse["microusd"] == calls["sum"]
            assert limit <= calls["sum"] < limit + calls["dearest"]
            statuses = {row["status"] for row in c.ledger.query("SELECT status FROM runs")}
            assert statuses == {"succeeded", "failed"}
            assert c.ledger.query("SELECT * FROM budget_holds") == []


def test_what_sub_agents_use_is_paid_by_whoever_had_them_opened(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=AT_ONCE + budget(scope="sender", match="*", tokens=1_000_000)) as world:
        replies_of: Replies = {
            "go": spawning(),
            "[Task]": lambda _: answer(1_000, 500),
            "[Sub-agent]": lambda _: answer(100, 50),
        }
        scripted(world, replies_of)
        world.cluster.say("go", sender=Sender("42", "Ann"))
        world.run_all()
        assert spent(world) == [("sender:client:42", 0, 1_650)]
