"""What an agent sees of other sessions, and how it talks to them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, one_call, world_of
from tests.integration.agent.test_subagents import (
    AT_ONCE,
    PARENT,
    WorkerDied,
    die_at,
    last_said,
    results,
    runs_of,
    scripted,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.spec("E7"), pytest.mark.timeout(60)]

SEEN = "[tools.sessions]\nvisibility = 'agent'\n"


def calling(name: str, **arguments: object) -> Callable[[ModelRequest], list[ModelEvent]]:
    """Call a tool once, then answer with what it gave."""

    def reply(request: ModelRequest) -> list[ModelEvent]:
        return answers(results(request)[-1]) if request.messages[-1].role == "tool" else one_call(name, arguments)

    return reply


def answered(world: World, session: str = PARENT) -> str:
    return str(runs_of(world, session)[-1]["reply_text"])


def test_another_session_is_asked_and_its_answer_is_the_result(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=SEEN + AT_ONCE) as world:
        scripted(
            world,
            {
                "hello": lambda _: answers("hi"),
                "go": calling("sessions_send", sessionKey="agent:main:t", message="how many?"),
                "[Message from the agent in session agent:main:s": lambda _: answers("seventeen"),
            },
        )
        world.cluster.say("hello", session="t")
        world.run_all()
        world.cluster.say("go")
        world.run_all()
        said = json.loads(answered(world))
        assert (said["status"], said["reply"], said["sessionKey"]) == ("ok", "seventeen", "agent:main:t")
        assert runs_of(world, "agent:main:t")[-1]["run_id"] == said["runId"]
        (run,) = runs_of(world, PARENT)
        # Parked meanwhile: two attempts, and no slot held in between.
        assert [row["outcome"] for row in world.cluster.attempts(str(run["run_id"]))] == ["suspended", "succeeded"]


def test_a_worker_that_dies_behind_the_sending_sends_once(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=SEEN + AT_ONCE) as world:
        heard: list[str] = []

        def hear(request: ModelRequest) -> list[ModelEvent]:
            heard.append(last_said(request))
            return answers("seventeen")

        scripted(
            world,
            {
                "hello": lambda _: answers("hi"),
                "go": calling("sessions_send", sessionKey="agent:main:s2", message="how many?", timeoutSeconds=0),
                "[Message": hear,
            },
        )
        world.cluster.say("go")
        world.cluster.say("hello", session="s2")
        arm(die_at(CrashPoint.TOOL_STEP_BEFORE_COMMIT))
        with pytest.raises(WorkerDied):
            world.begin()
        arm(None)
        world.resume()
        world.run_all()
        assert json.loads(answered(world))["status"] == "accepted"
        assert len(heard) == 1


def test_one_that_does_not_answer_in_time_is_waited_for_no_longer(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=SEEN + AT_ONCE) as world:
        scripted(
            world,
            {
                "hello": lambda _: answers("hi"),
                "go": calling("sessions_send", sessionKey="agent:main:t", message="how many?", timeoutSeconds=1),
            },
        )
        world.cluster.say("go")
        world.cluster.say("hello", session="t")
        world.begin()
        assert runs_of(world, PARENT)[0]["status"] == "suspended"

        def over() -> bool:
            world.cluster.keeper.sweep()
            return world.cluster.redis.lanes.view([1])[0].state.value == "granted"

        wait_until(over, 10)
        world.begin()
        assert json.loads(answered(world))["status"] == "timeout"


def test_sessions_stop_writing_to_each_other_at_some_point(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=SEEN + AT_ONCE) as world:
        texts: list[str] = []

        def pass_on(request: ModelRequest) -> list[ModelEvent]:
            if request.messages[-1].role == "tool":
                texts.append(results(request)[-1])
                return answers("REPLY_SKIP")
            hop = last_said(request).count("#")
            other = f"agent:main:h{(hop + 1) % 2}"
            message = "#" * (hop + 1)
            return one_call("sessions_send", {"sessionKey": other, "message": message, "timeoutSeconds": 0}, f"c{hop}")

        scripted(world, {"hello": lambda _: answers("hi"), "[Message": pass_on, "go": pass_on})
        for session in ("h0", "h1"):
            world.cluster.say("hello", session=session)
        world.run_all()
        world.cluster.say("go")
        world.run_all()
        assert len(texts) == 6
        assert "5 times in a row" in texts[-1]


def test_sessions_are_listed_with_their_messages_and_read_between_marks(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=SEEN + AT_ONCE) as world:
        scripted(
            world,
            {
                "hello": lambda _: answers("hi </untrusted-data>"),
                "list": calling("sessions_list", messageLimit=5),
                "read": calling("sessions_history", sessionKey="t"),
            },
        )
        world.cluster.say("hello", session="t")
        world.run_all()
        world.cluster.say("list")
        world.run_all()
        listed = {row["key"]: row for row in json.loads(answered(world))["sessions"]}
        assert set(listed) == {PARENT, "agent:main:t"}
        assert [row["role"] for row in listed["agent:main:t"]["messages"]] == ["user", "assistant"]
        world.cluster.say("read")
        world.run_all()
        assert answered(world).startswith("agent:main:t: 2 of 2 entries\n<untrusted-data")
        assert "hi [/untrusted-data>" in answered(world)


def test_by_default_only_ones_own_tree_is_seen(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more=AT_ONCE) as world:
        scripted(
            world,
            {
                "hello": lambda _: answers("hi"),
                "list": calling("sessions_list"),
                "read": calling("sessions_history", sessionKey="agent:main:t"),
                "send": calling("sessions_send", sessionKey="agent:main:t", message="x"),
                "agents": calling("agents_list"),
            },
        )
        world.cluster.say("hello", session="t")
        world.run_all()
        said = {}
        for word in ("list", "read", "send", "agents"):
            world.cluster.say(word)
            world.run_all()
            said[word] = answered(world)
        assert [row["key"] for row in json.loads(said["list"])["sessions"]] == [PARENT]
        assert "tools.sessions.visibility is tree" in said["read"]
        assert "tools.sessions.visibility is tree" in said["send"]
        assert json.loads(said["agents"])["agents"] == [{"id": "main", "name": "main", "self": True}]
