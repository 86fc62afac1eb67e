"""Files in folders that a node's user has chosen, and nowhere else."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from openclaw.nodes.folders import MAX_BYTES, Folders, SharedFolder
from openclaw.nodes.job import Job, NodeRefused

pytestmark = pytest.mark.spec("B5", "E9")

JOB = Job(seconds=5)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    (folder / "inner").mkdir(parents=True)
    (folder / "note.txt").write_text("Straße")
    (tmp_path / "secret.txt").write_text("do not tell")
    return folder


@pytest.fixture
def folders(shared: Path) -> Folders:
    return Folders([SharedFolder.parse(f"{shared}:rw")])


def refusal(call: Any, params: dict[str, Any]) -> str:
    with pytest.raises(NodeRefused) as refused:
        call(params, JOB)
    return refused.value.code


def test_folders_are_listed_and_files_read(folders: Folders, shared: Path) -> None:
    (top,) = folders.list({}, JOB)["entries"]
    assert (top["path"], top["writable"]) == (str(shared), True)
    names = {entry["name"]: entry["kind"] for entry in folders.list({"path": str(shared)}, JOB)["entries"]}
    assert names == {"inner": "directory", "note.txt": "file"}
    read = folders.read({"path": f"{shared}/note.txt"}, JOB)
    assert (read["content"], read["encoding"], read["size"], read["truncated"]) == ("Straße", "utf8", 7, False)
    assert folders.read({"path": "note.txt", "offset": 6}, JOB)["content"] == "e"


def test_bytes_travel_in_base64_and_a_large_file_in_parts(folders: Folders, shared: Path) -> None:
    raw = bytes(range(256)) * (MAX_BYTES // 256 + 1)
    (shared / "large.bin").write_bytes(raw)
    first = folders.read({"path": f"{shared}/large.bin"}, JOB)
    rest = folders.read({"path": f"{shared}/large.bin", "offset": MAX_BYTES}, JOB)
    assert (first["truncated"], rest["truncated"]) == (True, False)
    assert base64.b64decode(first["content"]) + base64.b64decode(rest["content"]) == raw


def test_a_file_is_written_whole(folders: Folders, shared: Path) -> None:
    assert folders.write({"path": f"{shared}/inner/new.txt", "content": "hello"}, JOB)["size"] == 5
    assert (shared / "inner" / "new.txt").read_text() == "hello"
    folders.write({"path": f"{shared}/note.txt", "content": "AAE=", "encoding": "base64"}, JOB)
    assert (shared / "note.txt").read_bytes() == b"\x00\x01"
    assert sorted(path.name for path in shared.iterdir()) == ["inner", "note.txt"]


def test_a_folder_that_is_shared_for_reading_is_not_written(shared: Path) -> None:
    folders = Folders([SharedFolder.parse(str(shared))])
    assert not folders.writable
    assert refusal(folders.write, {"path": f"{shared}/note.txt", "content": "x"}) == "READ_ONLY"
    assert (shared / "note.txt").read_text() == "Straße"


def test_no_path_leads_out_of_a_shared_folder(folders: Folders, shared: Path, tmp_path: Path) -> None:
    (shared / "link").symlink_to(tmp_path / "secret.txt")
    (shared / "out").symlink_to(tmp_path)
    secret = str(tmp_path / "secret.txt")
    for path in (
        secret,
        f"{shared}/../secret.txt",
        f"{shared}/link",
        f"{shared}/out/secret.txt",
        "/etc/passwd",
        "a\0b",
    ):
        assert refusal(folders.read, {"path": path}) in {"CANNOT_READ", "NOT_SHARED", "BAD_PARAMS"}
        assert refusal(folders.list, {"path": path}) in {"CANNOT_READ", "NOT_SHARED", "BAD_PARAMS"}
    for path in (f"{shared}/out/new.txt", f"{shared}/../new.txt", str(tmp_path / "new.txt"), str(shared)):
        with pytest.raises(NodeRefused):
            folders.write({"path": path, "content": "x"}, JOB)
    assert not (tmp_path / "new.txt").exists()
    # A link in a file's place is replaced, not followed.
    folders.write({"path": f"{shared}/link", "content": "mine"}, JOB)
    assert (tmp_path / "secret.txt").read_text() == "do not tell"


@pytest.mark.parametrize(
    "params",
    [{"path": 5}, {"path": "note.txt", "offset": -1}, {"path": "inner"}, {"path": "missing"}],
)
def test_what_cannot_be_read_is_refused(folders: Folders, params: dict[str, Any]) -> None:
    assert refusal(folders.read, params) in {"BAD_PARAMS", "CANNOT_READ"}


def test_what_cannot_be_written_is_refused(folders: Folders, shared: Path) -> None:
    large = {"path": f"{shared}/x", "content": "x" * (MAX_BYTES + 1)}
    assert refusal(folders.write, large) == "BAD_PARAMS"
    assert refusal(folders.write, {"path": f"{shared}/x", "content": "!", "encoding": "base64"}) == "BAD_PARAMS"
    assert refusal(folders.write, {"path": f"{shared}/inner", "content": "x"}) == "CANNOT_WRITE"
    assert refusal(folders.write, {"path": f"{shared}/none/x", "content": "x"}) == "CANNOT_READ"


def test_only_a_folder_can_be_shared(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no folder"):
        SharedFolder.parse(str(tmp_path / "missing"))
