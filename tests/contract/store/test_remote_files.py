"""Files that came with messages and that their platforms still hold."""

from __future__ import annotations

import pytest

from openclaw.domain.envelope import RemoteFile
from openclaw.domain.media import files_in
from openclaw.ports.media_files import HeldFile, MediaState
from openclaw.store.models import media_files
from openclaw.store.repositories.media_files import SqlMediaFiles
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("C10")
PHOTO = RemoteFile("AgAC-1", "image", name="cat.jpg", size_bytes=7)


def test_a_file_is_noted_with_its_message_and_nothing_of_it_is_asked_for_before_a_turn_wants_it(world: World) -> None:
    world.send("<media:photo>\nlook", files=(PHOTO, RemoteFile("BQAC-2", "document", "application/pdf")))
    files = SqlMediaFiles(world.database)
    (row, other) = sorted(world.rows(media_files), key=lambda each: str(each["mime"]), reverse=True)
    assert (row["mime"], row["state"], row["data"], other["mime"]) == ("image/jpeg", "remote", b"", "application/pdf")
    assert files.held([str(row["id"]), "unknown"]) == [HeldFile(str(row["id"]), "telegram", "default", PHOTO)]


def test_the_turn_has_the_file_and_no_second_line_for_it(world: World) -> None:
    claim = world.running("<media:photo>\nlook", files=(PHOTO,))
    (message,) = claim.history
    assert message.text == "<media:photo>\nlook"
    (block,) = files_in([message])
    assert (block.mime, block.name) == ("image/jpeg", "cat.jpg")


def test_a_fetched_file_is_what_it_turned_out_to_be(world: World) -> None:
    (block,) = files_in(world.running("look", files=(PHOTO,)).history)
    files = SqlMediaFiles(world.database)
    files.fetched(block.id, b"\x89PNG", "image/png")
    note = files.notes([block.id])[block.id]
    assert (note.state, note.mime, files.content(block.id)) == (MediaState.NEW, "image/png", b"\x89PNG")
    assert files.held([block.id]) == []
    files.fetched(block.id, b"late", "text/plain")
    assert files.content(block.id) == b"\x89PNG", "whoever was second changes nothing"


def test_the_same_message_again_brings_no_file_twice(world: World) -> None:
    for _ in range(2):
        world.send("look", files=(PHOTO,), source="telegram:default:7")
    assert len(world.rows(media_files)) == 1


def test_a_file_alone_is_a_message(world: World) -> None:
    assert world.send("", files=(PHOTO,)).disposition is None
