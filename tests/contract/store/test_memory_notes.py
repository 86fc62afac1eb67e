"""Notes of conversations on both databases: a reset owes one, whoever resets and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from openclaw.domain.memory_notes import Said
from openclaw.store.repositories.memory_notes import SqlSessionNotes
from tests.contract.store.world import KEY, World

pytestmark = pytest.mark.spec("H7", "K1")


@pytest.fixture
def notes(world: World) -> SqlSessionNotes:
    return SqlSessionNotes(world.database)


def test_a_conversation_that_gives_way_owes_a_note_of_its_last_words(world: World, notes: SqlSessionNotes) -> None:
    world.finish(world.running("what is the plan?"), "to rest")
    world.finish(world.running("and then?"), "to work")
    before = world.sessions.session(KEY)
    assert before is not None
    world.control.reset_session(KEY, world.now)
    world.finish(world.running("something new"), "indeed")
    (note,) = notes.owed(10)
    ended = note.conversation
    assert (note.agent_id, ended.session_key, ended.session_uuid, ended.ended_at_ms) == (
        "main",
        KEY,
        before.session_uuid,
        world.now,
    )
    assert notes.last_said(note, 3) == [
        Said("assistant", "to rest"),
        Said("user", "and then?"),
        Said("assistant", "to work"),
    ]
    assert notes.owed_note(note.id) == note
    notes.settle([note.id])
    assert (notes.owed(10), notes.owed_note(note.id)) == ([], None)


def test_a_conversation_in_which_nothing_was_said_owes_nothing(world: World, notes: SqlSessionNotes) -> None:
    world.send("waits")
    world.control.reset_session(KEY, world.now)
    world.control.reset_session("agent:main:unknown", world.now)
    assert notes.owed(10) == []


def test_resets_at_once_owe_one_note(world: World, notes: SqlSessionNotes) -> None:
    world.finish(world.running("hello"))
    with ThreadPoolExecutor(4) as pool:
        fresh = list(pool.map(lambda _: world.control.reset_session(KEY, world.now), range(8)))
    assert all(fresh)
    assert len(notes.owed(10)) == 1


def test_a_reset_that_fails_owes_nothing(world: World, notes: SqlSessionNotes, monkeypatch: pytest.MonkeyPatch) -> None:
    world.finish(world.running("hello"))
    monkeypatch.setattr("openclaw.store.repositories.new_conversation._BEGIN", None)
    with pytest.raises(Exception, match="executable"):
        world.control.reset_session(KEY, world.now)
    assert notes.owed(10) == []
