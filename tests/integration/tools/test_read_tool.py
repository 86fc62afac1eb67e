"""``read`` shows files of the workspace and nothing else on the machine."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import RunAborted, ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.skills import SkillSnapshot
from openclaw.ports.tool import ToolContext
from openclaw.tools.read import MAX_OUTPUT_BYTES, ReadTool


@pytest.fixture
def workspace(tmp_path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "a.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "secret.txt").write_text("keep out")
    return folder


@pytest.fixture
def read(workspace):
    def run(path: str, **arguments: object) -> str:
        context = ToolContext("r1", "agent:main:main", "main", workspace, "demo/echo", CancelToken())
        return ReadTool().run({"path": path, **arguments}, context).text

    return run


@pytest.mark.spec("E9")
def test_a_file_is_shown(read):
    assert read("notes/a.txt") == "one\ntwo\nthree\n"


def test_an_absolute_path_inside_is_fine(read, workspace):
    assert read(str(workspace / "notes" / "a.txt")).startswith("one")


@pytest.mark.spec("E9")
def test_a_piece_of_a_file_says_how_to_go_on(read):
    assert read("notes/a.txt", offset=2, limit=1) == "two\n\n[More lines follow. Continue with offset=3.]"
    assert read("notes/a.txt", offset=3) == "three\n"


def test_past_the_end_there_is_nothing(read):
    with pytest.raises(ToolError, match="fewer than 9 lines"):
        read("notes/a.txt", offset=9)


def test_an_empty_file_is_called_empty(read, workspace):
    (workspace / "empty").touch()
    assert read("empty") == "[The file is empty.]"


@pytest.mark.spec("E9")
@pytest.mark.parametrize(
    "path", ["../secret.txt", "notes/../../secret.txt", "notes/../notes/a.txt", "..", "/etc/passwd"]
)
def test_nothing_outside_is_shown(read, path):
    with pytest.raises(ToolError):
        read(path)


@pytest.mark.spec("E9")
def test_a_link_out_of_the_workspace_is_refused(read, workspace, tmp_path):
    (workspace / "link.txt").symlink_to(tmp_path / "secret.txt")
    (workspace / "folder").symlink_to(tmp_path)
    with pytest.raises(ToolError, match="outside"):
        read("link.txt")
    with pytest.raises(ToolError, match="outside"):
        read("folder/secret.txt")


def test_a_link_inside_the_workspace_is_followed(read, workspace):
    (workspace / "shortcut").symlink_to(workspace / "notes")
    assert read("shortcut/a.txt").startswith("one")


def test_the_workspace_itself_may_be_a_link(read, workspace, tmp_path):
    alias = tmp_path / "alias"
    alias.symlink_to(workspace)
    context = ToolContext("r1", "agent:main:main", "main", alias, "demo/echo", CancelToken())
    assert ReadTool().run({"path": "notes/a.txt"}, context).text.startswith("one")


def test_a_circle_of_links_ends(read, workspace):
    (workspace / "a").symlink_to(workspace / "b")
    (workspace / "b").symlink_to(workspace / "a")
    with pytest.raises(ToolError):
        read("a")


@pytest.mark.parametrize(("path", "told"), [("notes", "folder"), (".", "folder"), ("nope.txt", "no such file")])
def test_what_is_no_file_is_named(read, path, told):
    with pytest.raises(ToolError, match=told):
        read(path)


@pytest.mark.parametrize("path", ["", "  ", "a\x00b", "x" * 5000])
def test_what_is_no_path_is_refused(read, path):
    with pytest.raises(ToolError):
        read(path)


def test_an_error_does_not_tell_where_the_workspace_lies(read, workspace):
    with pytest.raises(ToolError) as raised:
        read("nope.txt")
    assert str(workspace) not in str(raised.value)


@pytest.mark.spec("E9")
def test_a_pipe_does_not_hang_the_worker(read, workspace):
    os.mkfifo(workspace / "pipe")
    with pytest.raises(ToolError, match="not a regular file"):
        read("pipe")


def test_a_socket_is_no_file():
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{short}/s")
        context = ToolContext("r1", "agent:main:main", "main", Path(short), "demo/echo", CancelToken())
        with pytest.raises(ToolError, match="not a regular file"):
            ReadTool().run({"path": "s"}, context)


def test_a_binary_file_is_refused(read, workspace):
    (workspace / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(ToolError, match="binary"):
        read("image.png")


def test_an_old_encoding_is_shown_as_far_as_it_can_be(read, workspace):
    (workspace / "latin.txt").write_bytes(b"Gr\xfc\xdfe aus Z\xfcrich, " * 3 + b"und so weiter. " * 40)
    assert "aus Z" in read("latin.txt")


@pytest.mark.spec("E9")
def test_a_large_file_comes_in_pieces_that_lose_no_line(read, workspace):
    lines = [f"{number:06d} {'x' * 200}" for number in range(4000)]
    (workspace / "large.txt").write_text("\n".join(lines) + "\n")
    seen: list[str] = []
    offset = 1
    while True:
        text = read("large.txt", offset=offset, limit=100_000)
        body, _, note = text.partition("\n\n[Truncated")
        seen += body.rstrip("\n").split("\n")
        assert len(text.encode()) <= MAX_OUTPUT_BYTES + 200
        if not note:
            break
        offset = int(note.rpartition("offset=")[2].rstrip(".]"))
    assert seen == lines


def test_one_endless_line_is_cut_between_characters(read, workspace):
    (workspace / "line.txt").write_text("é" * MAX_OUTPUT_BYTES + "\nnext\n")
    text = read("line.txt")
    assert len(text.encode()) <= MAX_OUTPUT_BYTES + 200
    assert "\ufffd" not in text
    assert text.endswith("Continue with offset=2.]")
    assert read("line.txt", offset=2) == "next\n"


def test_an_aborted_turn_stops_reading(workspace):
    (workspace / "large.txt").write_text("line\n" * 1000)
    token = CancelToken()
    token.cancel("stop")
    context = ToolContext("r1", "agent:main:main", "main", workspace, "demo/echo", token)
    with pytest.raises(RunAborted):
        ReadTool().run({"path": "large.txt"}, context)


def test_wrong_arguments_are_explained(read):
    with pytest.raises(ToolError, match="offset"):
        read("notes/a.txt", offset=0)


def test_it_only_reads():
    tool = ReadTool()
    assert (tool.replay, tool.risk) == (ReplayPolicy.SAFE, RiskClass.READ)


@pytest.mark.spec("E8")
def test_a_skill_whose_folder_became_a_link_is_not_read(workspace, tmp_path):
    folder = tmp_path / "skills" / "x"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("how to")
    skills = SkillSnapshot(folders=(folder,))
    context = ToolContext("r1", "agent:main:main", "main", workspace, "demo/echo", CancelToken(), skills=skills)
    assert ReadTool().run({"path": f"{folder}/SKILL.md"}, context).text == "how to"
    (folder / "SKILL.md").unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(ToolError, match="outside the workspace"):
        ReadTool().run({"path": f"{folder}/secret.txt"}, context)
