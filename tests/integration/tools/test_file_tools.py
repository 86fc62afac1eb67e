"""``write``, ``edit`` and ``apply_patch`` change files of the workspace and nothing else on the machine."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from openclaw.errors import ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.tool import ToolContext
from openclaw.tools import apply_patch, edit, write
from openclaw.tools.workspace_write import MAX_WRITE_BYTES

pytestmark = pytest.mark.spec("E9")

TOOLS = {"write": write.WriteTool(), "edit": edit.EditTool(), "apply_patch": apply_patch.ApplyPatchTool()}
Call = Callable[..., str]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "a.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("keep out")
    return folder


@pytest.fixture
def call(workspace: Path) -> Call:
    def run(tool: str, **arguments: object) -> str:
        context = ToolContext("r1", "agent:main:main", "main", workspace, "demo/echo", CancelToken())
        return TOOLS[tool].run(arguments, context).text

    return run


def everything_outside(workspace: Path) -> dict[str, str]:
    outside = workspace.parent / "outside"
    return {str(path): path.read_text() for path in sorted(outside.rglob("*")) if path.is_file()}


def test_a_file_is_written_with_its_folders(call: Call, workspace: Path) -> None:
    assert call("write", path="new/deep/b.txt", content="hällo") == "Created new/deep/b.txt (6 bytes)."
    assert (workspace / "new/deep/b.txt").read_text() == "hällo"
    assert call("write", path="new/deep/b.txt", content="") == "Replaced new/deep/b.txt (0 bytes)."


def test_a_file_keeps_its_mode(call: Call, workspace: Path) -> None:
    script = workspace / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o750)
    call("write", path="run.sh", content="#!/bin/sh\nexit 0\n")
    assert stat.S_IMODE(script.stat().st_mode) == 0o750
    call("write", path="plain.txt", content="x")
    assert stat.S_IMODE((workspace / "plain.txt").stat().st_mode) == 0o644


def test_an_edit_shows_what_changed(call: Call, workspace: Path) -> None:
    said = call("edit", path="notes/a.txt", old_text="two", new_text="2")
    assert said.startswith("Changed notes/a.txt.")
    assert "-two\n+2" in said
    call(
        "edit", path="notes/a.txt", edits=[{"old_text": "one", "new_text": "1"}, {"old_text": "three", "new_text": "3"}]
    )
    assert (workspace / "notes/a.txt").read_text() == "1\n2\n3\n"


def test_an_edit_that_does_not_fit_changes_nothing(call: Call, workspace: Path) -> None:
    edits = [{"old_text": "one", "new_text": "1"}, {"old_text": "four", "new_text": "4"}]
    with pytest.raises(ToolError, match=r"notes/a.txt: Edit 2: old_text does not stand"):
        call("edit", path="notes/a.txt", edits=edits)
    assert (workspace / "notes/a.txt").read_text() == "one\ntwo\nthree\n"


def test_a_patch_changes_several_files(call: Call, workspace: Path) -> None:
    (workspace / "gone.txt").write_text("bye")
    said = call(
        "apply_patch",
        patch="*** Begin Patch\n*** Add File: b/new.txt\n+hi\n*** Update File: notes/a.txt\n*** Move to: notes/c.txt\n"
        "@@ one\n-two\n+2\n*** Delete File: gone.txt\n*** End Patch",
    )
    assert said == "added b/new.txt\nchanged notes/a.txt, now notes/c.txt\ndeleted gone.txt"
    assert (workspace / "b/new.txt").read_text() == "hi\n"
    assert (workspace / "notes/c.txt").read_text() == "one\n2\nthree\n"
    assert not (workspace / "notes/a.txt").exists()
    assert not (workspace / "gone.txt").exists()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("*** Add File: notes/a.txt\n+x", "is there already"),
        ("*** Delete File: nothing.txt", "there is no such file"),
        ("*** Update File: notes/a.txt\n*** Move to: b.txt\n@@\n-nowhere", "these lines do not stand"),
        ("*** Update File: ../outside/secret.txt\n@@\n-keep out\n+x", r"'\.\.' is not allowed"),
        ("*** Add File: notes\n+x", "is a folder"),
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(call: Call, workspace: Path, body: str, why: str) -> None:
    before = everything_outside(workspace)
    with pytest.raises(ToolError, match=why):
        call("apply_patch", patch=f"*** Begin Patch\n*** Add File: first.txt\n+x\n{body}\n*** End Patch")
    assert not (workspace / "first.txt").exists()
    assert everything_outside(workspace) == before


@pytest.mark.parametrize(
    "path", ["../outside/new.txt", "/etc/openclaw-test", "notes/../../outside/x", "", " ", "a\x00b"]
)
def test_a_path_never_leads_out(call: Call, workspace: Path, path: str) -> None:
    before = everything_outside(workspace)
    with pytest.raises(ToolError):
        call("write", path=path, content="x")
    assert everything_outside(workspace) == before


def test_a_link_leads_out_neither_as_file_nor_as_folder(call: Call, workspace: Path) -> None:
    outside = workspace.parent / "outside"
    (workspace / "way").symlink_to(outside)
    (workspace / "file").symlink_to(outside / "secret.txt")
    before = everything_outside(workspace)
    for path in ("way/new.txt", "way/secret.txt", "file", "way/deeper/new.txt"):
        with pytest.raises(ToolError, match="outside the workspace"):
            call("write", path=path, content="x")
    with pytest.raises(ToolError, match="outside the workspace"):
        call("edit", path="file", old_text="keep", new_text="x")
    assert everything_outside(workspace) == before


def test_a_link_that_leads_nowhere_becomes_the_file(call: Call, workspace: Path) -> None:
    (workspace / "dangling").symlink_to(workspace.parent / "outside" / "not-there.txt")
    call("write", path="dangling", content="mine")
    assert not (workspace / "dangling").is_symlink()
    assert not (workspace.parent / "outside" / "not-there.txt").exists()


def test_a_link_inside_is_followed(call: Call, workspace: Path) -> None:
    (workspace / "alias.txt").symlink_to("notes/a.txt")
    call("edit", path="alias.txt", old_text="one", new_text="1")
    assert (workspace / "alias.txt").is_symlink()
    assert (workspace / "notes/a.txt").read_text().startswith("1\n")


def test_a_folder_that_is_swapped_for_a_link_meanwhile_leads_nowhere(call: Call, workspace: Path) -> None:
    outside = workspace.parent / "outside"
    before = everything_outside(workspace)
    stop = threading.Event()

    def swap() -> None:
        trap = workspace / "trap"
        while not stop.is_set():
            # The writer makes the folder as well: whatever stands there is moved out of the way.
            with suppress(OSError):
                trap.symlink_to(outside)
                trap.unlink()
            with suppress(OSError):
                trap.rename(workspace / f"old-{os.urandom(4).hex()}")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(300):
            try:
                call("write", path="trap/x.txt", content="x")
            except ToolError:
                continue
    finally:
        stop.set()
        swapper.join()
    assert everything_outside(workspace) == before


def test_what_is_no_file_is_left_alone(call: Call, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    with pytest.raises(ToolError, match="not a regular file"):
        call("write", path="pipe", content="x")
    with pytest.raises(ToolError, match="is a folder"):
        call("write", path="notes", content="x")
    assert stat.S_ISFIFO((workspace / "pipe").lstat().st_mode)


def test_too_much_and_what_is_no_text_are_refused(call: Call, workspace: Path) -> None:
    with pytest.raises(ToolError, match="more than the"):
        call("write", path="big", content="x" * (MAX_WRITE_BYTES + 1))
    with pytest.raises(ToolError, match="half a surrogate pair"):
        call("write", path="odd", content="\ud800")
    (workspace / "raw").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ToolError, match="is no UTF-8 text"):
        call("edit", path="raw", old_text="a", new_text="b")
    assert sorted(path.name for path in workspace.iterdir()) == ["notes", "raw"]


def test_two_writers_leave_one_whole_version(call: Call, workspace: Path) -> None:
    texts = [letter * 200_000 for letter in "abcd"]
    threads = [threading.Thread(target=call, args=("write",), kwargs={"path": "f", "content": text}) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (workspace / "f").read_text() in texts
    assert [path.name for path in workspace.iterdir() if path.name.startswith(".")] == []


def test_a_name_that_is_as_long_as_names_may_be(call: Call, workspace: Path) -> None:
    name = "ä" * 127
    call("write", path=name, content="x")
    assert (workspace / name).read_text() == "x"
    with pytest.raises(ToolError, match="cannot be"):
        call("write", path="x" * 300, content="x")
