"""Memory files are what lies in the workspace itself: nothing that a link leads to, nothing hidden, nothing huge."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openclaw.memory.files import MAX_FILE_BYTES, memory_files, read_file, write_note

pytestmark = pytest.mark.spec("H7")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "memory" / "2026").mkdir(parents=True)
    (folder / "MEMORY.md").write_text("# Rose")
    (folder / "memory" / "2026" / "deep.md").write_text("deep")
    (folder / "notes").mkdir()
    (folder / "notes" / "extra.md").write_text("extra")
    (tmp_path / "secret.md").write_text("keep out")
    return folder


def test_the_files_of_memory_and_those_that_are_named_besides(workspace: Path) -> None:
    (workspace / "memory" / "picture.png").write_bytes(b"\x89PNG")
    (workspace / "memory" / ".hidden.md").write_text("no")
    assert set(memory_files(workspace)) == {"MEMORY.md", "memory/2026/deep.md"}
    assert set(memory_files(workspace, ("notes", "nowhere"))) == {"MEMORY.md", "memory/2026/deep.md", "notes/extra.md"}
    assert memory_files(workspace / "nowhere") == {}


def test_links_lead_nowhere(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "theirs.md").write_text("keep out")
    (workspace / "memory" / "file.md").symlink_to(tmp_path / "secret.md")
    (workspace / "memory" / "folder").symlink_to(tmp_path / "elsewhere")
    (workspace / "linked").symlink_to(tmp_path / "elsewhere")
    assert set(memory_files(workspace, ("linked",))) == {"MEMORY.md", "memory/2026/deep.md"}
    assert read_file(workspace, "memory/file.md") is None
    assert read_file(workspace, "memory/folder/theirs.md") is None
    assert read_file(workspace, "MEMORY.md") == b"# Rose"


def test_what_is_no_plain_small_file_is_left_out(workspace: Path) -> None:
    os.mkfifo(workspace / "memory" / "pipe.md")
    (workspace / "memory" / "huge.md").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    nameless = Path(os.fsdecode(os.fsencode(workspace / "memory") + b"/bad\xff"))
    nameless.mkdir()
    (nameless / "x.md").write_text("x")
    assert set(memory_files(workspace)) == {"MEMORY.md", "memory/2026/deep.md"}
    assert read_file(workspace, "memory/pipe.md") is None
    assert read_file(workspace, "memory/huge.md") is None


def test_a_note_appears_whole_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    workspace = tmp_path / "new"
    assert write_note(workspace, "2026-01-01-a.md", "first")
    assert not write_note(workspace, "2026-01-01-a.md", "second")
    path = workspace / "memory" / "2026-01-01-a.md"
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("first", 0o600)
    assert [entry.name for entry in path.parent.iterdir()] == ["2026-01-01-a.md"]


def test_a_note_is_not_written_through_a_link(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace / "memory").rename(workspace / "old")
    (workspace / "memory").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"."):
        write_note(workspace, "2026-01-01-a.md", "first")
    assert list((tmp_path / "elsewhere").iterdir()) == []
