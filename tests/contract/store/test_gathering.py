"""A first message that waits for what belongs to it."""

from __future__ import annotations

import pytest

from openclaw.domain.envelope import RemoteFile
from openclaw.domain.queue_mode import QueueMode, QueueSettings
from openclaw.ports.store import NoWork
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("C10")
WAIT = {"gather_ms": 2_000, "settings": QueueSettings(max_wait_ms=5_000)}


def test_what_is_written_in_pieces_is_read_as_one(world: World) -> None:
    first = world.send("can you", **WAIT)
    assert first.work is not None
    assert first.work.not_before_ms == world.now + 2_000
    world.now += 1_500
    assert isinstance(world.claim(first.session_id), NoWork)
    world.send("book a table", **WAIT)
    world.now += 1_000
    assert isinstance(world.claim(first.session_id), NoWork), "the quiet time begins anew"
    world.now += 1_000
    text = world.turn(first.session_id).history[-1].text
    assert "can you" in text
    assert "book a table" in text


def test_it_never_waits_longer_than_the_maximum(world: World) -> None:
    start = world.now
    session = world.send("0", **WAIT).session_id
    for number in range(1, 6):
        world.now = start + number * 900
        world.send(str(number), **WAIT)
    world.now = start + 5_000
    assert "Queued #6" in world.turn(session).history[-1].text


def test_a_file_ends_the_waiting(world: World) -> None:
    session = world.send("look at this", **WAIT).session_id
    world.send("", files=(RemoteFile("1", "image"),), **WAIT)
    assert "look at this" in world.turn(session).history[-1].text


def test_a_file_alone_waits_for_nothing(world: World) -> None:
    sent = world.send("", files=(RemoteFile("1", "image"),), **WAIT)
    assert sent.work is not None
    assert sent.work.not_before_ms == 0


def test_other_modes_and_channels_without_it_run_at_once(world: World) -> None:
    sent = world.send("now", QueueMode.FOLLOWUP, gather_ms=2_000)
    assert sent.work is not None
    assert sent.work.not_before_ms == 0
    world.turn(sent.session_id)
