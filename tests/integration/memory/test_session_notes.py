"""The note of a conversation: written once by a job, for private sessions only, and searched like everything else."""

from __future__ import annotations

import pytest

from openclaw.memory.keeper import LOOK_MS
from tests.contract.store.world import KEY
from tests.integration.memory.conftest import Memory

pytestmark = pytest.mark.spec("H7", "K1")

MAIN = "agent:main:main"


def talk_and_reset(memory: Memory, key: str = MAIN) -> None:
    memory.world.finish(memory.world.running("Where is the spare key?", key=key), "Under the blue pot.")
    memory.world.control.reset_session(key, memory.world.now)


def notes(memory: Memory) -> list[str]:
    return sorted(path.name for path in memory.workspace.glob("memory/*"))


def test_a_reset_leaves_a_note_that_is_found(memory: Memory) -> None:
    talk_and_reset(memory)
    memory.keeper.look()
    (note_id,) = memory.bell.notes
    assert memory.keeper.write_note(note_id) == "written"
    (name,) = notes(memory)
    assert name.startswith("2027-01-15-where-is-the-spare-key-")
    (hit,) = memory.search.search("main", "spare key").hits
    assert (hit.path, "**Assistant:** Under the blue pot." in hit.snippet) == (f"memory/{name}", True)


def test_a_note_is_written_once_however_often_its_job_runs_and_wherever_it_died(memory: Memory) -> None:
    talk_and_reset(memory)
    (note,) = memory.notes.owed(1)
    settled, memory.notes.settle = memory.notes.settle, lambda _ids: None  # type: ignore[method-assign]
    assert memory.keeper.write_note(note.id) == "written"
    memory.notes.settle = settled  # type: ignore[method-assign]
    assert memory.keeper.write_note(note.id) == "there"
    assert memory.keeper.write_note(note.id) == "settled"
    assert len(notes(memory)) == 1


def test_a_ring_that_was_lost_is_rung_again_but_not_at_every_look(memory: Memory) -> None:
    talk_and_reset(memory)
    for _ in range(3):
        memory.keeper.look()
    assert len(memory.bell.notes) == 1
    memory.world.now += LOOK_MS
    memory.keeper.look()
    assert len(memory.bell.notes) == 2


@pytest.mark.parametrize("key", ["agent:main:telegram:default:group:1", KEY, "agent:main:hook:1"])
def test_other_sessions_leave_none_and_owe_none(memory: Memory, key: str) -> None:
    talk_and_reset(memory, key)
    memory.keeper.look()
    assert (memory.bell.notes, memory.notes.owed(5), notes(memory)) == ([], [], [])


def test_an_agent_that_is_gone_leaves_none(memory: Memory) -> None:
    talk_and_reset(memory)
    memory.change(workspaces={})
    memory.keeper.look()
    assert (memory.bell.notes, memory.notes.owed(5)) == ([], [])


def test_a_chat_that_is_named_leaves_one(memory: Memory) -> None:
    memory.change(private_sessions=("telegram:default:direct:ann",))
    talk_and_reset(memory, KEY)
    memory.keeper.look()
    assert [memory.keeper.write_note(note_id) for note_id in memory.bell.notes] == ["written"]


def test_no_notes_are_left_when_they_are_off(memory: Memory) -> None:
    talk_and_reset(memory)
    memory.change(session_notes=False)
    (note,) = memory.notes.owed(1)
    assert memory.keeper.write_note(note.id) == "none"
    assert (notes(memory), memory.notes.owed(1)) == ([], [])


def test_a_folder_that_cannot_be_written_keeps_the_note_owed(memory: Memory) -> None:
    talk_and_reset(memory)
    memory.write("memory", "a file in the folder's place")
    (note,) = memory.notes.owed(1)
    assert memory.keeper.write_note(note.id) == "failed"
    assert memory.notes.owed(1) == [note]
