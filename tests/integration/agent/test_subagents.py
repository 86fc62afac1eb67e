"""A task given to a sub-agent comes back to whoever gave it, once, whoever dies in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.domain.transcript import ToolResultBlock
from openclaw.intake.reading import Rights
from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, one_call, world_of

pytestmark = [pytest.mark.spec("E7", "K2"), pytest.mark.timeout(60)]

AT_ONCE = "[messages.queue]\ndebounce_ms = 0\n"
#: What the model does, by the beginning of the last thing that was said to it.
Replies = dict[str, Callable[[ModelRequest], list[ModelEvent]]]


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=AT_ONCE) as world:
        yield world


def last_said(request: ModelRequest) -> str:
    return next(message.text for message in reversed(request.messages) if message.role == "user")


def results(request: ModelRequest) -> list[str]:
    return [block.text for m in request.messages for block in m.blocks if isinstance(block, ToolResultBlock)]


def scripted(world: World, replies: Replies) -> None:
    def script(request: ModelRequest) -> list[ModelEvent]:
        said = last_said(request)
        return next(reply for start, reply in replies.items() if said.startswith(start))(request)

    world.model.script = script


def spawning(
    task: str = "count the sheep", then: str = "I have asked.", **more: object
) -> Callable[..., list[ModelEvent]]:
    """Open a sub-agent, then answer."""

    def reply(request: ModelRequest) -> list[ModelEvent]:
        made = request.messages[-1].role == "tool"
        return answers(then) if made else one_call("sessions_spawn", {"task": task, **more}, f"call-{task[:9]}")

    return reply


def children(world: World) -> list[dict[str, object]]:
    return world.cluster.ledger.query("SELECT * FROM subagents ORDER BY created_at_ms, run_id")


def runs_of(world: World, session_key: str) -> list[dict[str, object]]:
    return world.cluster.ledger.query(
        "SELECT r.* FROM runs r JOIN sessions s ON s.id = r.session_id WHERE s.session_key = ? ORDER BY r.started_at_ms",
        session_key,
    )


PARENT = "agent:main:s"


def test_the_result_comes_back_as_a_message_to_whoever_gave_the_task(world: World) -> None:
    scripted(
        world,
        {
            "go": spawning(label="sheep"),
            "[Task]": lambda _: answers("seventeen"),
            "[Sub-agent]": lambda request: answers(f"It says: {'seventeen' in last_said(request)}"),
        },
    )
    world.cluster.say("go")
    world.run_all()
    first, second = runs_of(world, PARENT)
    assert (first["reply_text"], second["reply_text"]) == ("I have asked.", "It says: True")
    (child,) = children(world)
    assert (child["outcome"], child["title"]) == ("success", "sheep")
    (work,) = runs_of(world, str(child["child_key"]))
    assert (work["run_id"], work["lane_class"]) == (child["run_id"], "subagent")
    asked = next(request for request in world.model.asked if last_said(request).startswith("[Task]"))
    assert "a task that another agent gave you" in asked.system
    world.services.sweep()
    world.run_all()
    assert len(runs_of(world, PARENT)) == 2


class WorkerDied(BaseException):
    """What no turn survives."""


def die_at(point: CrashPoint, nth: int = 1) -> Callable[[CrashPoint], None]:
    passed = iter(range(1, 100))

    def hook(reached: CrashPoint) -> None:
        if reached is point and next(passed) == nth:
            raise WorkerDied

    return hook


def test_a_worker_that_dies_behind_the_opening_opens_no_second_one(world: World) -> None:
    scripted(world, {"go": spawning(), "[Task]": lambda _: answers("ok"), "[Sub-agent]": lambda _: answers("done")})
    world.cluster.say("go")
    arm(die_at(CrashPoint.TOOL_STEP_BEFORE_COMMIT))
    with pytest.raises(WorkerDied):
        world.begin()
    arm(None)
    world.resume()
    world.run_all()
    assert len(children(world)) == 1
    assert [run["reply_text"] for run in runs_of(world, PARENT)] == ["I have asked.", "done"]


def test_an_end_that_a_dying_worker_did_not_tell_is_told_by_the_sweep(world: World) -> None:
    scripted(world, {"go": spawning(), "[Task]": lambda _: answers("ok"), "[Sub-agent]": lambda _: answers("done")})
    world.cluster.say("go")
    world.begin()
    arm(die_at(CrashPoint.FINISH_AFTER_COMMIT))
    with pytest.raises(WorkerDied):
        world.run_all()
    arm(None)
    assert len(runs_of(world, PARENT)) == 1
    world.services.sweep()
    world.run_all()
    assert [run["reply_text"] for run in runs_of(world, PARENT)] == ["I have asked.", "done"]


def test_one_with_nothing_to_tell_is_not_heard_of(world: World) -> None:
    scripted(world, {"go": spawning(), "[Task]": lambda _: answers("ANNOUNCE_SKIP")})
    world.cluster.say("go")
    world.run_all()
    assert len(runs_of(world, PARENT)) == 1
    assert children(world)[0]["outcome"] == "success"


def test_stopping_the_parent_stops_what_it_has_others_working_on(world: World) -> None:
    scripted(world, {"go": spawning(), "[Task]": lambda _: answers("too late")})
    world.cluster.say("go")
    world.begin()
    (child,) = children(world)
    assert child["settled_at_ms"] is None
    world.cluster.intake.abort(PARENT, None, "stop")
    world.run_all()
    assert children(world)[0]["outcome"] == "stopped"
    assert runs_of(world, str(child["child_key"])) == []
    assert len(runs_of(world, PARENT)) == 1


def test_a_sub_agent_may_not_go_deeper_than_is_allowed(world: World) -> None:
    refused: list[str] = []

    def deeper(request: ModelRequest) -> list[ModelEvent]:
        refused.extend(results(request))
        return spawning("deeper")(request)

    scripted(world, {"go": spawning(), "[Task]": deeper, "[Sub-agent]": lambda _: answers("done")})
    world.cluster.say("go")
    world.run_all()
    assert len(children(world)) == 1
    assert refused


def test_no_more_are_opened_at_a_time_than_are_allowed(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more="[agents.main.subagents]\nmax_children = 2\n" + AT_ONCE) as world:
        seen: list[str] = []

        def three(request: ModelRequest) -> list[ModelEvent]:
            done = results(request)
            seen[:] = done
            number = len(done)
            return (
                answers("enough") if number == 3 else one_call("sessions_spawn", {"task": f"t{number}"}, f"c{number}")
            )

        scripted(world, {"go": three})
        world.cluster.say("go")
        world.begin()
        assert [json.loads(text)["status"] for text in seen[:2]] == ["accepted", "accepted"]
        assert "2 sub-agents of this session are at work" in seen[2]


def test_sub_agents_of_sub_agents_report_upwards_one_by_one(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more="[agents.main.subagents]\nmax_depth = 2\n" + AT_ONCE) as world:

        def heard(request: ModelRequest) -> list[ModelEvent]:
            below = "the lambs say nine" in last_said(request)
            return answers("nine lambs, sixteen sheep" if below else f"told: {'sixteen sheep' in last_said(request)}")

        scripted(
            world,
            {
                "go": spawning("count all"),
                "[Task]\ncount all": spawning("count the lambs", then="I wait for the lambs."),
                "[Task]\ncount the lambs": lambda _: answers("the lambs say nine"),
                "[Sub-agent]": heard,
            },
        )
        world.cluster.say("go")
        world.run_all()
        assert [run["reply_text"] for run in runs_of(world, PARENT)] == ["I have asked.", "told: True"]
        assert [child["outcome"] for child in children(world)] == ["success", "success"]


def test_files_of_a_task_lie_in_the_workspace(world: World) -> None:
    files = [{"name": "a.txt", "content": "aGk=", "encoding": "base64"}]
    scripted(
        world,
        {"go": spawning(attachments=files), "[Task]": lambda _: answers("ok"), "[Sub-agent]": lambda _: answers("ok")},
    )
    world.cluster.say("go")
    world.run_all()
    (path,) = world.cluster.folder.rglob("a.txt")
    assert path.read_text() == "hi"
    asked = next(request for request in world.model.asked if last_said(request).startswith("[Task]"))
    assert f"- attachments/{path.parent.name}/a.txt" in last_said(asked)


def test_one_can_be_listed_stopped_and_steered_by_its_parent(world: World) -> None:
    seen: list[str] = []
    plan = [
        ("sessions_spawn", {"task": "first", "label": "one"}),
        ("sessions_spawn", {"task": "second", "label": "two"}),
        ("subagents", {"action": "list"}),
        ("subagents", {"action": "steer", "target": "two", "message": "be quick"}),
        ("subagents", {"action": "kill", "target": "one"}),
        ("subagents", {"action": "kill", "target": "three"}),
    ]

    def go(request: ModelRequest) -> list[ModelEvent]:
        seen[:] = results(request)
        if len(seen) == len(plan):
            return answers("done")
        name, arguments = plan[len(seen)]
        return one_call(name, arguments, f"c{len(seen)}")

    heard: list[str] = []

    def work(request: ModelRequest) -> list[ModelEvent]:
        heard.append(last_said(request))
        return answers("ok")

    scripted(world, {"go": go, "[Task]": work, "be quick": work, "[Sub-agent]": lambda _: answers("fine")})
    world.cluster.say("go")
    world.run_all()
    assert [(row["label"], row["status"]) for row in json.loads(seen[2])] == [("two", "queued"), ("one", "queued")]
    assert json.loads(seen[3])["status"] == "accepted"
    assert seen[4] == "Stopped: one."
    assert "means none of this session's sub-agents: 'two'" in seen[5]
    assert not any("first" in text for text in heard)
    assert any("be quick" in text for text in heard)
    assert {child["title"]: child["outcome"] for child in children(world)} == {"one": "stopped", "two": "success"}


def test_a_person_lists_looks_at_and_stops_them(world: World) -> None:
    scripted(world, {"go": spawning(label="sheep"), "[Task]": lambda _: answers("ok")})
    world.cluster.say("go")
    world.begin()
    run_id = str(children(world)[0]["run_id"])

    def said(text: str) -> str:
        intake, rights = world.cluster.intake, Rights()
        return intake.answer_commands(intake.read(text, rights).commands, PARENT, "ann", rights) or ""

    assert said("/subagents") == f"1. sheep: queued ({run_id[:8]})"
    assert said("/subagents info sheep").startswith("sheep: queued\nOpened ")
    assert said("/subagents log 1") == "Nothing has been said there yet."
    assert said("/steer 1 be quick") == "Told sheep."
    assert said("/subagents kill goat").startswith("No one sub-agent is meant by 'goat'")
    assert said("/kill 1") == "Stopped: sheep."
    assert said("/kill 1") == "It was over already."
    assert said("/subagents feed 1").startswith("There is no /subagents feed")
    world.run_all()
    assert runs_of(world, str(children(world)[0]["child_key"])) == []


def test_one_that_must_be_contained_is_and_so_are_those_that_it_opens(redis_client: object, redis_url: str) -> None:
    more = "[agents.main.subagents]\nmax_depth = 2\n[tools.sandbox]\nallow = ['exec', 'sessions_spawn']\n" + AT_ONCE
    with world_of(redis_url, more=more) as world:
        offered: dict[str, set[str]] = {}

        def noting(name: str, reply: Callable[..., list[ModelEvent]]) -> Callable[..., list[ModelEvent]]:
            def noted(request: ModelRequest) -> list[ModelEvent]:
                offered[name] = {tool.name for tool in request.tools}
                return reply(request)

            return noted

        scripted(
            world,
            {
                "go": noting("parent", spawning("outer", sandbox="require")),
                "[Task]\nouter": noting("outer", spawning("inner")),
                "[Task]\ninner": noting("inner", lambda _: answers("ok")),
                "[Sub-agent]": lambda _: answers("done"),
            },
        )
        world.cluster.say("go")
        world.run_all()
        assert "write" in offered["parent"]
        assert offered["outer"] <= {"exec", "sessions_spawn"}
        assert "sessions_spawn" in offered["outer"]
        assert offered["inner"] <= {"exec"}
