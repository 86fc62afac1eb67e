"""A conversation of several agents: each has a turn and a session of its own, and says who it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from tests.integration.agent.scripted import World, answers, world_of

pytestmark = pytest.mark.spec("D1", "D2")

TWO = """
name = "Ada"
[agents.helper]
name = "Bob"
model = "scripted/m"
[broadcast]
"telegram:room" = ["main", "helper"]
"""


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=TWO) as world:
        yield world


def write(world: World, text: str, event_id: str, peer: str = "Room") -> None:
    route = ReplyRoute("telegram", "default", peer)
    envelope = InboundEnvelope("telegram", "default", event_id, Peer("group", peer), Sender("42"), text, route)
    world.cluster.intake.submit_envelope(envelope)


def said(world: World) -> list[str]:
    return sorted(str(row["text"]) for row in world.cluster.ledger.query("SELECT text FROM outbox"))


def test_each_agent_answers_once_in_its_own_session(world: World) -> None:
    world.model.script = lambda _request: answers("hello")
    for _ in range(2):
        write(world, "hi all", "e1")
    world.run_all()
    assert said(world) == ["[Ada]\nhello", "[Bob]\nhello"]
    keys = [row["session_key"] for row in world.cluster.ledger.query("SELECT session_key FROM sessions ORDER BY id")]
    assert keys == ["agent:main:telegram:default:group:room", "agent:helper:telegram:default:group:room"]


def test_who_has_nothing_to_say_says_not_even_his_name(world: World) -> None:
    replies = iter(["NO_REPLY", "I know"])
    world.model.script = lambda _request: answers(next(replies))
    write(world, "who knows?", "e1")
    world.run_all()
    assert len(said(world)) == 1
    assert said(world)[0].endswith("]\nI know")


def test_a_command_is_carried_out_for_all_and_answered_once(world: World) -> None:
    world.model.script = lambda _request: answers("hello")
    write(world, "hi", "e1")
    write(world, "/stop", "e2")
    assert [text for text in said(world) if "Stopped" in text] == ["Stopped (1)."]
    left = world.cluster.ledger.query("SELECT count(*) AS n FROM inbound WHERE open")
    assert left[0]["n"] == 0


def test_another_conversation_goes_by_the_bindings(world: World) -> None:
    world.model.script = lambda _request: answers("hello")
    write(world, "hi", "e1", peer="other")
    world.run_all()
    assert said(world) == ["hello"]
