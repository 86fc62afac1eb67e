"""What a platform delivers once only is on disk until it is stored."""

from __future__ import annotations

import pytest

from openclaw.channel_kit.journal import Journal


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "account" / "unread"


def test_messages_are_found_by_the_next_process_in_their_order_until_they_are_removed(folder):
    journal = Journal(folder)
    names = [journal.add(text) for text in ("one", "two \u2028 lines\n", "three")]
    assert Journal(folder).entries() == list(zip(names, ("one", "two \u2028 lines\n", "three"), strict=True))
    journal.remove(names[0])
    journal.remove(names[0])
    assert [text for _, text in Journal(folder).entries()] == ["two \u2028 lines\n", "three"]


def test_a_message_may_change_and_keeps_its_place(folder):
    journal = Journal(folder)
    first, _ = journal.add("one"), journal.add("two")
    journal.replace(first, "one, with its file")
    assert [text for _, text in journal.entries()] == ["one, with its file", "two"]


def test_nobody_else_reads_it(folder):
    name = Journal(folder).add("one")
    modes = [path.stat().st_mode & 0o777 for path in (folder.parent, folder, folder / name)]
    assert modes == [0o700, 0o700, 0o600]


def test_a_text_that_was_being_written_when_its_writer_died_is_none(folder):
    journal = Journal(folder)
    name = journal.add("one")
    (folder / name).with_suffix(".part").write_text("on")
    (folder / "broken.json").write_bytes(b"\xff")
    assert journal.entries() == [(name, "one")]


def test_a_name_leads_nowhere_else(folder, tmp_path):
    outside = tmp_path / "precious.json"
    outside.write_text("precious")
    Journal(folder).remove("../../precious.json")
    Journal(folder).replace("../../precious.json", "not")
    assert outside.read_text() == "precious"


def test_without_a_folder_there_is_nothing(folder):
    assert Journal(folder).entries() == []
