"""An answer in the making is shown in one message, and the reply takes that message's place: never two of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import StopReason
from openclaw.ports.provider import ModelEvent, ModelRequest, Stopped, TextDelta
from tests.integration.agent.scripted import World, one_call, world_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(60)]

HERE = ReplyRoute("loopback", "default", "7")
CONFIG = '[channels.loopback.accounts.default]\n[messages.streaming]\npreview = "partial"\n'


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=CONFIG) as opened:
        yield opened


def account(world: World) -> Any:
    found = world.services.account("loopback", "default")
    assert found is not None
    return found


def shown(world: World) -> list[str]:
    return [message.text for message in account(world).sent]


def until_shown(world: World, text: str) -> Iterator[ModelEvent]:
    """Say it, and go on saying nothing until it is shown and that is stored."""
    yield TextDelta(text)
    deadline = time.monotonic() + 10
    while not world.cluster.ledger.query("SELECT 1 FROM runs WHERE preview_id <> ''"):
        assert time.monotonic() < deadline, "nothing was shown"
        yield TextDelta("")
        time.sleep(0.02)


def ask(world: World, script: Callable[[ModelRequest], object], **options: object) -> None:
    world.model.script = script  # type: ignore[assignment]  # any iterable does
    world.cluster.say("tell me", reply_route=HERE, **options)
    world.begin()


def deliver(world: World) -> None:
    world.services.deliver(HERE.conversation)


def test_the_reply_takes_the_place_of_what_was_shown(world):
    seen: list[list[str]] = []

    def script(_: ModelRequest) -> Iterator[ModelEvent]:
        yield from until_shown(world, "I think")
        seen.append(shown(world))
        yield TextDelta(" that is **it**.")
        yield Stopped(StopReason.STOP)

    ask(world, script)
    assert seen == [["I think"]]
    deliver(world)
    assert shown(world) == ["I think that is **it**."]
    (row,) = world.cluster.ledger.query("SELECT * FROM outbox")
    assert (row["state"], row["edits"], row["provider_message_id"]) == ("sent", "1", "1")


def test_only_the_first_part_of_a_long_reply_takes_its_place(world):
    rest = "\n\n".join([f"{'word ' * 700}end {n}." for n in range(3)])

    def script(_: ModelRequest) -> Iterator[ModelEvent]:
        yield from until_shown(world, "To begin with: ")
        yield TextDelta(rest)
        yield Stopped(StopReason.STOP)

    ask(world, script)
    deliver(world)
    texts = shown(world)
    assert len(texts) == 3
    assert [text[-6:] for text in texts] == ["end 0.", "end 1.", "end 2."]
    assert [bool(row["edits"]) for row in world.cluster.ledger.query("SELECT edits FROM outbox ORDER BY id")] == [
        True,
        False,
        False,
    ]


@pytest.mark.spec("K1", "K4")
def test_a_worker_that_dies_leaves_a_preview_that_the_reply_takes_the_place_of(world):
    def dying(_: ModelRequest) -> Iterator[ModelEvent]:
        yield from until_shown(world, "I think")
        raise Killed

    with pytest.raises(Killed):
        ask(world, dying)
    platform = account(world)
    assert [message.text for message in platform.sent] == ["I think"]
    world.model.script = lambda _: [TextDelta("Found it."), Stopped(StopReason.STOP)]
    world.resume()
    (row,) = world.cluster.ledger.query("SELECT * FROM outbox")
    assert (row["text"], row["edits"]) == ("Found it.", "1")


def test_an_answer_that_becomes_silent_is_taken_back(world):
    def script(request: ModelRequest) -> Iterator[ModelEvent]:
        if len(world.model.asked) == 1:
            yield from until_shown(world, "Let me look")
            yield from one_call("fill", {"chars": 3})
        else:
            yield TextDelta("NO_REPLY")
            yield Stopped(StopReason.STOP)

    ask(world, script)
    wait_until(lambda: shown(world) == [], 10)
    assert world.cluster.ledger.query("SELECT * FROM outbox") == []


def test_an_answer_that_fails_is_replaced_by_what_went_wrong(world):
    def script(_: ModelRequest) -> Iterator[ModelEvent]:
        yield from until_shown(world, "I think")
        raise ValueError("a bug")

    ask(world, script)
    deliver(world)
    assert shown(world) == ["Something went wrong on our side."]


def test_a_short_turn_shows_nothing_before_its_reply(world):
    ask(world, lambda _: [TextDelta("Short."), Stopped(StopReason.STOP)])
    assert shown(world) == []
    deliver(world)
    assert shown(world) == ["Short."]


def test_the_platform_shows_that_the_assistant_writes_while_it_does(world):
    seen: list[int] = []

    def script(_: ModelRequest) -> Iterator[ModelEvent]:
        wait_until(lambda: bool(account(world).typing_notes), 10)
        seen.append(len(account(world).typing_notes))
        yield TextDelta("Short.")
        yield Stopped(StopReason.STOP)

    ask(world, script)
    assert seen == [1]
    assert account(world).typing_notes[0].conversation == HERE.conversation
