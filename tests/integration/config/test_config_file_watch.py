"""The watcher of the config file: any way of saving it is noticed, its neighbours are not."""

from __future__ import annotations

import pytest

from tests.waiting import wait_until
from web.config_watch import FileWatch


@pytest.fixture
def watched(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("a = 1\n")
    watch = FileWatch(path)
    watch.start()
    # The first notice shows that the folder is being watched: whatever came before it is not told.
    written = iter(range(10_000))

    def is_live() -> bool:
        path.write_text(f"a = {next(written)}\n")
        return watch.touched

    wait_until(is_live, 10)
    watch.touched = False
    yield path, watch
    watch.stop()


def rewrite(path):
    path.write_text("a = 2\n")


def replace(path):
    fresh = path.with_suffix(".new")
    fresh.write_text("a = 3\n")
    fresh.replace(path)


def swap_link(path):
    """As Kubernetes does with a mounted ConfigMap."""
    data = path.with_name("..data-2")
    data.mkdir()
    (data / path.name).write_text("a = 4\n")
    link = path.with_name("link")
    link.symlink_to(data / path.name)
    link.replace(path)


@pytest.mark.parametrize("save", [rewrite, replace, swap_link])
def test_every_way_of_saving_is_noticed(watched, save):
    path, watch = watched
    wait_until(lambda: not _settling(watch))
    save(path)
    wait_until(lambda: watch.touched)


def _settling(watch):
    touched, watch.touched = watch.touched, False
    return touched


def test_a_missing_folder_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("web.config_watch.RETRY_SECONDS", 0.1)
    path = tmp_path / "later" / "config.toml"
    watch = FileWatch(path)
    watch.start()
    try:
        path.parent.mkdir()
        path.write_text("a = 1\n")
        wait_until(lambda: watch.touched)
    finally:
        watch.stop()
