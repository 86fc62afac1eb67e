"""A message is acknowledged by a delivery worker as soon as it is accepted, and the reply takes that away if wanted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.ports.reactions import Reaction
from tests.integration.agent.scripted import World, answers, world_of

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(60)]

CONFIG = """
[channels.loopback.accounts.default]
dm_policy = "open"
group_policy = "open"
{more}
"""


@pytest.fixture
def open_world(redis_client: object, redis_url: str) -> Iterator[Callable[..., World]]:
    opened = []

    def open_it(more: str = "") -> World:
        opened.append(world_of(redis_url, more=CONFIG.format(more=more)))
        return opened[-1].__enter__()

    yield open_it
    for each in opened:
        each.__exit__(None, None, None)


def write(world: World, event: str, *, kind: str = "group", mentioned: bool = True) -> None:
    world.cluster.intake.submit_envelope(
        InboundEnvelope(
            channel="loopback",
            account="default",
            event_id=event,
            peer=Peer(kind, "9"),  # type: ignore[arg-type]
            sender=Sender("7"),
            text="hello",
            route=ReplyRoute("loopback", "default", "9"),
            message_id=f"m-{event}",
            mentioned=mentioned,
        )
    )


def rung(world: World) -> list[Reaction]:
    """What was rung for, and is now done by the delivery worker."""
    found = []
    client = world.cluster.redis.client
    while entry := client.lpop("replies"):
        message: Any = json.loads(entry)
        if message["headers"]["task"] == "replies.react":
            found.append(Reaction(*json.loads(base64.b64decode(message["body"]))[0]))
            world.services.react(found[-1])
    return list(reversed(found))


def reactions(world: World) -> list[tuple[str, str]]:
    account: Any = world.services.account("loopback", "default")
    return [(message_id, emoji) for _, message_id, emoji in account.reactions]


def test_a_mention_in_a_group_is_acknowledged_once(open_world):
    world = open_world()
    write(world, "e1")
    write(world, "e1")
    rung(world)
    assert reactions(world) == [("m-e1", "👀")]


def test_by_default_nothing_else_is(open_world):
    world = open_world()
    write(world, "e1", mentioned=False)
    write(world, "e2", kind="direct")
    assert rung(world) == []


def test_the_reply_takes_it_away_if_wanted(open_world):
    world = open_world('[messages.ack]\nscope = "all"\nemoji = "✅"\nremove_after_reply = true')
    world.model.script = lambda _: answers("hello yourself")
    write(world, "e1")
    rung(world)
    assert reactions(world) == [("m-e1", "✅")]
    world.begin()
    rung(world)
    assert reactions(world) == []


def test_silence_takes_nothing_away(open_world):
    world = open_world('[messages.ack]\nscope = "all"\nremove_after_reply = true')
    world.model.script = lambda _: answers("NO_REPLY")
    write(world, "e1")
    world.begin()
    rung(world)
    assert reactions(world) == [("m-e1", "👀")]
