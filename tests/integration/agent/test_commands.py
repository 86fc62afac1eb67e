"""Commands in a chat are answered at once, whatever the session does, and are no part of the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from tests.integration.agent.scripted import World, answers, world_of

pytestmark = pytest.mark.spec("E1")

OWNER = """
[approvals]
approvers = ["telegram:42"]
[models.providers.other]
api = "scripted"
[[models.providers.other.models]]
id = "big"
context_window = 100000
"""


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=OWNER) as world:
        world.model.script = lambda request: answers("hello", tokens=500)
        yield world


def write(world: World, text: str, sender: str = "42", event_id: str = "") -> str:
    """A chat message; the last thing that was said back."""
    route = ReplyRoute("telegram", "default", "42")
    envelope = InboundEnvelope(
        channel="telegram",
        account="default",
        event_id=event_id or text,
        peer=Peer("direct", "42"),
        sender=Sender(sender, name="Ada"),
        text=text,
        route=route,
    )
    world.cluster.intake.submit_envelope(envelope)
    said = world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id DESC LIMIT 1")
    return str(said[0]["text"]) if said else ""


def test_the_status_of_a_session(world: World) -> None:
    assert "Nothing has been said here yet." in write(world, "/status", event_id="s0")
    write(world, "hi")
    world.begin()
    said = write(world, "/status", event_id="s1")
    assert "Model: scripted/m (the agent's)" in said
    assert "Context: 501 of 20,000 tokens (2 %), compacted 0 times" in said
    assert "Used here: 500 tokens in, 1 out" in said
    assert "Queue: idle, 0 waiting" in said


def test_a_running_turn_holds_no_command_up(world: World) -> None:
    write(world, "hi")
    assert "1 waiting" in write(world, "/status")
    assert world.cluster.ledger.query("SELECT count(*) AS n FROM inbound")[0]["n"] == 1


def test_who_somebody_is(world: World) -> None:
    said = write(world, "/whoami")
    assert said == "You are telegram:42 (Ada). This is agent:main:telegram:default:direct:42."


def test_what_there_is(world: World) -> None:
    assert "/compact: Replace the older part" in write(world, "/help")


def test_the_model_of_a_session_is_chosen_by_its_owner(world: World) -> None:
    assert write(world, "/model big", event_id="early") == "From now on: other/big.", "a session that is to begin"
    assert write(world, "/model default", event_id="early too") == "From now on: scripted/m."
    write(world, "hi")
    world.begin()
    assert write(world, "/model list").splitlines()[1:] == ["demo/echo", "other/big", "scripted/m"]
    assert write(world, "/model big", sender="666", event_id="m0") == "Only the owner may change the model."
    assert write(world, "/model nothing").startswith("There is no model 'nothing'")
    assert write(world, "/model big", event_id="m1") == "From now on: other/big."
    assert write(world, "/model status") == "Model: other/big (chosen for this session)"
    write(world, "and now?")
    world.begin()
    assert world.model.asked[-1].model == "big"
    assert write(world, "/model default") == "From now on: scripted/m."


def test_a_command_that_is_delivered_twice_is_answered_once(world: World) -> None:
    write(world, "/whoami", event_id="e1")
    write(world, "/whoami", event_id="e1")
    assert world.cluster.ledger.query("SELECT count(*) AS n FROM outbox")[0]["n"] == 1
