"""An agent looks by the clock whether anything needs it, and tells nobody when nothing does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.ports.provider import ModelRequest
from tests.integration.agent.scripted import World, answers, world_of
from tests.integration.agent.test_subagents import last_said

pytestmark = [pytest.mark.spec("H7"), pytest.mark.timeout(60)]

MORE = """
[messages.queue]
debounce_ms = 0
[agents.main.heartbeat]
every_minutes = 30
[channels.loopback.accounts.default]
dm_policy = "open"
"""


#: Times long ago, each another one.
SLOTS = itertools.count(1)


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=MORE) as world:
        yield world


def write_file(world: World, text: str) -> Path:
    path = Path(world.cluster.settings.agents.by_id["main"].workspace) / "HEARTBEAT.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def make_due(world: World) -> None:
    world.services.heartbeats.tick()
    world.cluster.storage.heartbeats.put_off("main", next(SLOTS))


def beat(world: World) -> int:
    make_due(world)
    begun = world.services.heartbeats.tick()
    world.run_all()
    return begun


def last(world: World) -> dict[str, object]:
    return dict(world.cluster.storage.heartbeats.last() or {})


def outbox(world: World) -> list[str]:
    return [row["text"] for row in world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")]


def test_it_looks_at_its_file_alone_and_says_nothing_when_nothing_needs_anybody(world: World) -> None:
    path = write_file(world, "- look at the mail\n")
    (path.parent / "AGENTS.md").write_text("You are a crab.")
    world.model.script = lambda _: answers("HEARTBEAT_OK")
    assert beat(world) == 1
    asked = world.model.asked[-1]
    assert last_said(asked).startswith("[Heartbeat] Look at HEARTBEAT.md")
    assert "look at the mail" in asked.system
    assert "crab" not in asked.system
    assert (last(world)["status"], outbox(world)) == ("ok-token", [])


def test_each_begins_anew_and_leaves_other_sessions_alone(world: World) -> None:
    world.model.script = lambda _: answers("HEARTBEAT_OK")
    world.turn("hello")
    for _ in range(2):
        assert beat(world) == 1
    assert len(world.model.asked[-1].messages) == 1
    sessions = {row["session_key"] for row in world.cluster.ledger.query("SELECT session_key FROM sessions")}
    assert sessions == {"agent:main:s", "agent:main:heartbeat"}


@pytest.mark.parametrize(
    ("text", "begun"), [("# Nothing\n- [ ]\n", 0), ("look", 1), (None, 1)], ids=["empty", "full", "absent"]
)
def test_a_file_that_asks_for_nothing_costs_no_call(world: World, text: str | None, begun: int) -> None:
    if text is not None:
        write_file(world, text)
    assert beat(world) == begun
    assert len(world.model.asked) == begun
    if not begun:
        assert (last(world)["status"], last(world)["reason"]) == ("skipped", "empty-heartbeat-file")


def test_a_system_event_is_looked_at_whatever_the_file_says(world: World) -> None:
    write_file(world, "")
    world.services.events.post("agent:main:main", "the door opened", source="node")
    assert beat(world) == 1


def test_a_busy_session_is_left_alone_for_a_minute(world: World) -> None:
    world.model.script = lambda _: answers("HEARTBEAT_OK")
    make_due(world)
    assert world.services.heartbeats.tick() == 1
    make_due(world)
    assert world.services.heartbeats.tick() == 0
    assert last(world)["reason"] == "busy"
    world.run_all()


def test_none_come_while_they_are_turned_off(world: World) -> None:
    world.cluster.storage.heartbeats.enable(enabled=False, now_ms=0)
    assert beat(world) == 0
    assert world.model.asked == []


def test_without_a_block_the_file_decides(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more="[messages.queue]\ndebounce_ms = 0\n") as world:
        assert beat(world) == 0
        write_file(world, "look")
        assert beat(world) == 1


def said_by(world: World, peer: str) -> None:
    world.cluster.intake.submit_envelope(
        InboundEnvelope(
            channel="loopback",
            account="default",
            event_id=f"e-{peer}",
            peer=Peer("direct", peer),
            sender=Sender(peer),
            text="hello",
            route=ReplyRoute("loopback", "default", peer),
        )
    )
    world.run_all()


def test_what_it_has_to_say_goes_to_the_private_chat_that_was_used_last_once(
    redis_client: object, redis_url: str
) -> None:
    private = '[memory]\nprivate_sessions = ["loopback:default:direct:7"]\nflush = false\n'
    with world_of(redis_url, more=MORE, memory=private) as world:

        def script(request: ModelRequest) -> list[object]:
            return answers("The build is broken." if "[Heartbeat]" in last_said(request) else "hi")  # type: ignore[return-value]

        world.model.script = script  # type: ignore[assignment]
        said_by(world, "7")
        said_by(world, "stranger")
        for _ in range(2):
            assert beat(world) == 1
        sent = world.cluster.ledger.query("SELECT conversation, text FROM outbox WHERE text LIKE 'The build%'")
        assert [(row["conversation"].split("|")[2], row["text"]) for row in sent] == [("7", "The build is broken.")]
        events = world.services.events.queued("agent:main:loopback:default:direct:7", 10)
        assert [event.text for event in events] == ["A heartbeat of yours told the person here: The build is broken."]
        assert last(world)["status"] == "ok-token"
