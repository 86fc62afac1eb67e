"""Finished parts of a long answer leave while the rest is written: each once, whatever happens to the turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import StopReason
from openclaw.errors import ProviderTimeout
from openclaw.ports.provider import ModelEvent, ModelRequest, Stopped, TextDelta
from tests.integration.agent.scripted import World, one_call, world_of

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(60)]

HERE = ReplyRoute("loopback", "default", "7")
CONFIG = """
[channels.loopback.accounts.default]
[messages.streaming]
block = true
{more}
"""
PARTS = [f"Part {n}. {'Some words of it. ' * 50}".strip() for n in range(3)]
ANSWER = "\n\n".join([*PARTS, "The end."])


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def open_world(redis_client: object, redis_url: str) -> Iterator[Callable[..., World]]:
    opened = []

    def open_it(more: str = "") -> World:
        opened.append(world_of(redis_url, more=CONFIG.format(more=more)))
        return opened[-1].__enter__()

    yield open_it
    for each in opened:
        each.__exit__(None, None, None)


def said(text: str, stop: StopReason | None = StopReason.STOP) -> Iterator[ModelEvent]:
    for at in range(0, len(text), 40):
        yield TextDelta(text[at : at + 40])
    if stop is not None:
        yield Stopped(stop)


def rows(world: World) -> list[str]:
    return [row["text"] for row in world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")]


def ask(world: World, script: Callable[[ModelRequest], object], **options: object) -> dict[str, object]:
    world.model.script = script  # type: ignore[assignment]  # any iterable does
    run_id = world.cluster.say("tell me", reply_route=HERE, **options)
    world.begin()
    return world.cluster.run(run_id)


def test_a_long_answer_leaves_in_parts_and_the_reply_is_the_rest(open_world):
    world = open_world()
    seen: list[list[str]] = []

    def script(_: ModelRequest) -> Iterator[ModelEvent]:
        for event in said(ANSWER):
            seen.append(rows(world))
            yield event

    run = ask(world, script)
    assert rows(world) == [*PARTS, "The end."]
    assert PARTS[:1] in seen
    assert run["reply_text"] == ANSWER


def test_a_short_answer_is_one_message(open_world):
    world = open_world()
    ask(world, lambda _: said("Short."))
    assert rows(world) == ["Short."]


def test_without_the_setting_an_answer_leaves_as_a_whole(open_world):
    world = open_world("[messages.streaming.by_channel.loopback]\nblock = false")
    ask(world, lambda _: said(ANSWER))
    assert rows(world) == [ANSWER]


def test_silence_never_leaks(open_world):
    world = open_world()
    ask(world, lambda _: said("NO_REPLY\n\n" + ANSWER))
    assert rows(world) == []


def test_what_stands_before_a_tool_call_leaves_with_it(open_world):
    world = open_world()
    steps = [[*said(f"{PARTS[0]}\n\nI look.", None), *one_call("fill", {"chars": 3})], said("Found.")]
    ask(world, lambda _: steps.pop(0))
    assert rows(world) == [f"{PARTS[0]}", "I look.", "Found."]


def test_a_model_that_is_asked_again_goes_on_behind_what_it_said(open_world):
    world = open_world()

    def broken() -> Iterator[ModelEvent]:
        yield from said("\n\n".join(PARTS[:2]) + "\n\nPart", None)
        raise ProviderTimeout("the line is dead")

    tries = [broken(), said(ANSWER)]
    ask(world, lambda _: tries.pop(0))
    assert rows(world) == [*PARTS, "The end."]


def test_what_another_answer_says_otherwise_is_sent(open_world):
    world = open_world()

    def broken() -> Iterator[ModelEvent]:
        yield from said("\n\n".join(PARTS[:2]) + "\n\n", None)
        raise ProviderTimeout("the line is dead")

    tries = [broken(), said(f"{PARTS[0]}\n\nSomething else.")]
    ask(world, lambda _: tries.pop(0))
    assert rows(world) == [*PARTS[:2], "Something else."]


@pytest.mark.spec("K1", "K4")
def test_a_worker_that_dies_has_sent_nothing_twice(open_world):
    world = open_world()

    def dying() -> Iterator[ModelEvent]:
        yield from said("\n\n".join(PARTS[:2]) + "\n\nPart", None)
        raise Killed

    tries = [dying(), said(ANSWER)]
    with pytest.raises(Killed):
        ask(world, lambda _: tries.pop(0))
    assert rows(world) == PARTS[:2]
    world.resume()
    assert rows(world) == [*PARTS, "The end."]
    (run,) = world.cluster.ledger.query("SELECT status FROM runs")
    assert run["status"] == "succeeded"


def test_parts_may_leave_as_if_somebody_typed_them(open_world):
    world = open_world('pause = "natural"')
    ask(world, lambda _: said(ANSWER))
    due = [
        row["due_at_ms"] - row["created_at_ms"]
        for row in world.cluster.ledger.query("SELECT due_at_ms, created_at_ms FROM outbox ORDER BY id")
    ]
    assert due[0] == 0
    assert all(800 <= wait <= 2_500 * place for place, wait in enumerate(due[1:], start=1))
    assert due == sorted(due)
