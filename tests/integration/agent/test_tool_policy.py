"""A turn has the tools that its agent, its place and its sender may use, and no others, whatever the model asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, one_call, world_of
from tests.integration.agent.test_subagents import last_said, results, spawning

pytestmark = [pytest.mark.spec("E9", "I2"), pytest.mark.timeout(60)]

MORE = """
[messages.queue]
debounce_ms = 0
[agents.main.tools]
deny = ["session_status"]
[[tools.groups]]
channel = "telegram"
deny = ["fill"]
[tools.groups.by_sender.7]
deny = []
"""


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=MORE) as world:
        yield world


def written(world: World, sender: str, text: str, event: str) -> None:
    world.cluster.intake.submit_envelope(
        InboundEnvelope(
            channel="telegram",
            account="default",
            event_id=event,
            peer=Peer("group", "-100"),
            sender=Sender(sender, "Seven"),
            text=text,
            route=ReplyRoute("telegram", "default", "-100"),
        )
    )
    world.run_all()


def offered(request: ModelRequest) -> set[str]:
    return {tool.name for tool in request.tools}


def test_what_is_offered_in_a_group_depends_on_who_writes(world: World) -> None:
    world.model.script = lambda _: answers("ok")
    written(world, "7", "hello", "e1")
    written(world, "8", "hello", "e2")
    first, second = world.model.asked
    assert "fill" in offered(first)
    assert "fill" not in offered(second)
    assert not {"session_status", "nodes"} & (offered(first) | offered(second))


@pytest.mark.parametrize("name", ["fill", "session_status", "nodes", "FILL", "group:fs", "ﬁll", "exec "])
def test_a_tool_that_is_asked_for_all_the_same_is_not_run(world: World, name: str) -> None:
    def insist(request: ModelRequest) -> list[ModelEvent]:
        given = results(request)
        return answers(given[-1]) if given else one_call(name, {"chars": 3, "command": "touch x"})

    world.model.script = insist
    written(world, "8", "hello", "e1")
    said = world.cluster.ledger.query("SELECT reply_text FROM runs")[0]["reply_text"]
    assert "may not be used here" in said or "There is no tool named" in said
    assert world.tools["fill"].runs == 0


def test_a_removal_is_told_with_who_removed_it(world: World) -> None:
    world.model.script = lambda request: answers("x") if results(request) else one_call("fill", {"chars": 3})
    written(world, "8", "hello", "e1")
    assert results(world.model.asked[-1]) == ["fill may not be used here: removed by tools.groups[0] (deny fill)."]


def test_a_sub_agent_has_no_tools_of_the_system(world: World) -> None:
    def script(request: ModelRequest) -> list[ModelEvent]:
        return spawning()(request) if last_said(request) == "go" else answers("ok")

    world.model.script = script
    world.cluster.say("go")
    world.run_all()
    parent, child = (
        offered(next(r for r in world.model.asked if last_said(r).startswith(w))) for w in ("go", "[Task]")
    )
    assert {"sessions_spawn", "subagents", "memory_search"} <= parent
    assert parent - child == {
        *("sessions_list", "sessions_history", "sessions_send", "sessions_spawn", "subagents", "agents_list"),
        *("memory_search", "memory_get", "nodes", "gateway"),
    }
