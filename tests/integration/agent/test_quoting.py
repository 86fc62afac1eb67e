"""Replies quote what they answer where that is configured or asked for, and begin with what they shall begin with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.ports.provider import ModelEvent
from tests.integration.agent.scripted import World, answers, world_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(60)]

CONFIG = """
[channels.loopback.accounts.default]
dm_policy = "open"
reply_to_mode = "{mode}"
{more}
"""
LONG = "\n\n".join([f"{'word ' * 700}end {n}." for n in range(3)])


@pytest.fixture
def open_world(redis_client: object, redis_url: str) -> Iterator[Callable[..., World]]:
    opened = []

    def open_it(mode: str, more: str = "") -> World:
        opened.append(world_of(redis_url, more=CONFIG.format(mode=mode, more=more)))
        return opened[-1].__enter__()

    yield open_it
    for each in opened:
        each.__exit__(None, None, None)


def write(world: World, text: str = "hello", reply_to: str | None = None) -> None:
    world.cluster.intake.submit_envelope(
        InboundEnvelope(
            channel="loopback",
            account="default",
            event_id=text,
            peer=Peer("direct", "9"),
            sender=Sender("7"),
            text=text,
            route=ReplyRoute("loopback", "default", "9", reply_to=reply_to),
            message_id="m1",
        )
    )


def quoted(world: World) -> list[str | None]:
    return [json.loads(row["route"])["reply_to"] for row in world.cluster.ledger.query("SELECT route FROM outbox")]


@pytest.mark.parametrize(
    ("mode", "wanted"), [("off", [None, None, None]), ("first", ["m1", None, None]), ("all", ["m1", "m1", "m1"])]
)
def test_the_accounts_mode_decides(open_world, mode, wanted):
    world = open_world(mode)
    world.model.script = lambda _: answers(LONG)
    write(world)
    world.begin()
    assert quoted(world) == wanted


@pytest.mark.parametrize(
    ("mode", "wanted"), [("off", ["~m1", "~m1", "~m1"]), ("first", ["m1", "~m1", "~m1"]), ("all", ["m1", "m1", "m1"])]
)
def test_a_channel_may_mark_what_it_answers_without_quoting_it(open_world, mode, wanted):
    """As WhatsApp's does: typing notes and read receipts name the message in every mode."""
    world = open_world(mode)
    world.model.script = lambda _: answers(LONG)
    write(world, reply_to="~m1")
    world.begin()
    assert quoted(world) == wanted
    write(world, "/whoami", reply_to="~m1")
    assert quoted(world)[3] == ("~m1" if mode == "off" else "m1")


@pytest.mark.parametrize(("mode", "wanted"), [("off", None), ("first", "m1"), ("all", "m1")])
def test_typing_is_shown_where_the_answer_will_stand(open_world, mode, wanted):
    world, seen = open_world(mode), []

    def script(_: object) -> Iterator[ModelEvent]:
        account: Any = world.services.account("loopback", "default")
        wait_until(lambda: bool(account.typing_notes), 10)
        seen.append(account.typing_notes[0].reply_to)
        yield from answers("Yes.")

    world.model.script = script
    write(world)
    world.begin()
    assert seen == [wanted]


def test_a_tag_asks_for_it_in_every_mode(open_world):
    world = open_world("off")
    world.model.script = lambda _: answers("[[reply_to_current]] Yes.")
    write(world)
    world.begin()
    (row,) = world.cluster.ledger.query("SELECT text, route FROM outbox")
    assert (row["text"], json.loads(row["route"])["reply_to"]) == ("Yes.", "m1")


def test_the_answer_to_a_command_quotes_it_too(open_world):
    world = open_world("first")
    write(world, "/whoami")
    assert quoted(world) == ["m1"]


def test_a_reply_begins_with_what_is_configured(open_world):
    prefix = '[messages.replies]\nprefix = "[{identity.name}, {provider}/{model}]"'
    world = open_world("off", prefix)
    world.model.script = lambda _: answers(LONG)
    write(world)
    world.begin()
    texts = [row["text"] for row in world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")]
    assert texts[0].startswith("[main, scripted/m] word")
    assert all(text.startswith("word") for text in texts[1:])


def test_silence_stays_silence(open_world):
    world = open_world("all", '[messages.replies]\nprefix = "[me]"')
    world.model.script = lambda _: answers("NO_REPLY")
    write(world)
    world.begin()
    assert quoted(world) == []
