"""The media store's files on a real file system."""

from __future__ import annotations

import os
import stat
import threading

import pytest

from openclaw.media.store import FileMediaStore

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "media"


@pytest.fixture
def store(folder):
    return FileMediaStore(folder)


@pytest.mark.spec("H3")
def test_only_the_owner_can_read_folder_and_files(store, folder):
    before = os.umask(0)
    try:
        ref = store.save(PNG)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / ref.id).stat().st_mode) == 0o600


@pytest.mark.spec("H3")
def test_a_link_in_the_folder_is_not_followed(store, folder, tmp_path):
    store.save(PNG)
    secret = tmp_path / "secret"
    secret.write_text("keep out")
    planted = "a---00000000000000000000000000000000.txt"
    (folder / planted).symlink_to(secret)
    assert store.open(planted) is None
    assert secret.read_text() == "keep out"


def test_a_folder_with_an_ids_name_is_no_media(store, folder):
    store.save(PNG)
    planted = "a---00000000000000000000000000000000.txt"
    (folder / planted).mkdir()
    assert store.open(planted) is None
    assert store.sweep() == 0


def test_a_sweep_leaves_strangers_files_and_link_targets_alone(folder, tmp_path):
    now = [1_000_000]
    store = FileMediaStore(folder, ttl_seconds=1, clock=lambda: now[0])
    store.save(PNG)
    (folder / "notes.txt").write_text("mine")
    target = tmp_path / "target"
    target.write_text("mine too")
    (folder / "a---00000000000000000000000000000000.txt").symlink_to(target)
    os.utime(folder / "notes.txt", (1, 1))
    now[0] += 5_000
    assert store.sweep() == 1
    assert target.read_text() == "mine too"
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.spec("H3")
def test_what_a_killed_process_left_unfinished_is_swept(folder):
    now = [1_000_000_000]
    store = FileMediaStore(folder, ttl_seconds=1, clock=lambda: now[0])
    folder.mkdir(parents=True)
    unfinished = folder / ".0123456789abcdef0123456789abcdef.part"
    unfinished.write_bytes(b"half")
    os.utime(unfinished, (1, 1))
    assert store.sweep() == 1
    assert not unfinished.exists()


def test_two_processes_on_one_folder_agree_on_expiry(folder):
    now = [1_000_000_000]
    first = FileMediaStore(folder, ttl_seconds=10, clock=lambda: now[0])
    second = FileMediaStore(folder, ttl_seconds=10, clock=lambda: now[0])
    ref = first.save(PNG)
    assert second.open(ref.id) == first.open(ref.id)
    now[0] += 10_000
    assert second.open(ref.id) is None
    assert second.sweep() + first.sweep() == 1


@pytest.mark.spec("H3")
def test_saves_sweeps_and_reads_at_the_same_time_do_not_disturb_each_other(folder):
    store = FileMediaStore(folder, ttl_seconds=60)
    wrong: list[object] = []
    done = threading.Event()

    def save_many() -> None:
        for number in range(40):
            content = PNG + bytes([number])
            ref = store.save(content, name="x")
            found = store.open(ref.id)
            if found is None or found.path.read_bytes() != content:
                wrong.append(ref)

    def sweep_until_done() -> None:
        while not done.is_set():
            store.sweep()

    sweeper = threading.Thread(target=sweep_until_done)
    savers = [threading.Thread(target=save_many) for _ in range(4)]
    for thread in (sweeper, *savers):
        thread.start()
    for thread in savers:
        thread.join()
    done.set()
    sweeper.join()
    assert wrong == []
    assert len(list(folder.iterdir())) == 160
