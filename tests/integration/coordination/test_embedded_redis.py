"""The server that comes with one machine."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.coordination.client import connect
from openclaw.coordination.embedded import EmbeddedRedis, ensure_redis, verify_server
from openclaw.errors import ConfigError, RedisUnavailable
from tests.integration.coordination.servers import output, python, short_folder
from tests.waiting import wait_until

START = """
import sys
from pathlib import Path
from openclaw.coordination.embedded import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
print(server.start(), server.owned)
if sys.argv[2] == "stay":
    sys.stdin.read()
    server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as short:
        yield short / "redis"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedRedis]:
    embedded = EmbeddedRedis(folder, pid_file=folder.parent / "run" / "redis.pid")
    yield embedded
    embedded.stop()


def pid_of(url: str) -> int:
    with connect(url) as client:
        return int(client.info("server")["process_id"])


@pytest.mark.spec("J1")
def test_a_server_comes_up_that_fits_us(server: EmbeddedRedis, folder: Path) -> None:
    url = server.start()

    with connect(url) as client:
        assert verify_server(client) == []
        config = client.config_get("*")
    assert (config["port"], config["appendonly"], config["appendfsync"], config["save"]) == ("0", "yes", "everysec", "")
    assert int((folder.parent / "run" / "redis.pid").read_text()) == pid_of(url)


@pytest.mark.spec("J1")
def test_nobody_else_can_reach_it(server: EmbeddedRedis, folder: Path) -> None:
    server.start()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "s.sock").stat().st_mode) == 0o700


def test_it_is_out_of_reach_of_the_terminals_signals(server: EmbeddedRedis) -> None:
    assert os.getsid(pid_of(server.start())) != os.getsid(0)


def test_starting_twice_is_starting_once(server: EmbeddedRedis) -> None:
    assert pid_of(server.start()) == pid_of(server.start())


@pytest.mark.spec("J1")
def test_two_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    with python(START, str(folder), "stay") as first, python(START, str(folder), "stay") as second:
        assert first.stdout
        assert second.stdout
        lines = [first.stdout.readline().split(), second.stdout.readline().split()]
        assert lines[0][0] == lines[1][0]
        assert sorted(owned for _, owned in lines) == ["False", "True"]
        assert (folder / "redis.log").read_text().count("Ready to accept connections") == 1
        output(first)
        output(second)
    with pytest.raises(RedisUnavailable):
        verify_server(connect(lines[0][0]))


def test_only_its_owner_stops_it(server: EmbeddedRedis, folder: Path) -> None:
    url = server.start()
    guest = EmbeddedRedis(folder)
    assert guest.start() == url

    guest.stop()

    assert not guest.owned
    assert pid_of(url)


def test_data_outlives_a_stop_and_a_crash(server: EmbeddedRedis) -> None:
    with connect(server.start()) as client:
        client.set("before", "stop")
    server.stop()
    url = server.start()
    with connect(url) as client:
        assert client.get("before") == b"stop"
        client.set("before", "crash")
        wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
        os.kill(pid_of(url), signal.SIGKILL)
        wait_until(lambda: server.start() == url and client.get("before") == b"crash")


def test_a_server_whose_owner_was_killed_goes_on_and_finds_a_new_owner(server: EmbeddedRedis, folder: Path) -> None:
    with python(START, str(folder), "stay") as owner:
        assert owner.stdout
        url, owned = owner.stdout.readline().split()
        pid = pid_of(url)
        owner.kill()
        owner.wait()

    assert (owned, server.start(), pid_of(url), server.owned) == ("True", url, pid, True)
    server.stop()
    with pytest.raises(RedisUnavailable):
        verify_server(connect(url))


def test_a_stop_leaves_no_socket_and_no_pid_file(server: EmbeddedRedis, folder: Path) -> None:
    server.start()
    server.stop()

    assert not (folder / "s.sock").exists()
    assert not (folder.parent / "run" / "redis.pid").exists()
    assert not server.owned


@pytest.mark.spec("J1")
def test_a_folder_with_a_long_path_gets_a_private_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    server = EmbeddedRedis(deep)
    try:
        url = server.start()
        socket = Path(url.removeprefix("unix://").partition("?")[0])
        assert len(str(socket)) < 108
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert EmbeddedRedis(deep).start() == url
    finally:
        server.stop()
    assert server.start() == url
    server.stop()
    socket.parent.rmdir()


def test_a_short_socket_folder_that_others_may_enter_is_not_used(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    server = EmbeddedRedis(deep)
    first = server.start()
    server.stop()
    old = Path(first.removeprefix("unix://").partition("?")[0]).parent
    old.chmod(0o777)
    try:
        assert server.start() != first
    finally:
        server.stop()
        old.rmdir()
        Path((deep / "socket-folder").read_text()).rmdir()


def test_a_folder_that_is_a_link_is_refused(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")

    with pytest.raises(ConfigError, match="link"):
        EmbeddedRedis(folder).start()


def test_a_server_that_cannot_start_tells_why(folder: Path) -> None:
    (folder / "appendonlydir").mkdir(parents=True)
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")

    with pytest.raises(RedisUnavailable, match=r"(?s)ended at once.*manifest"):
        EmbeddedRedis(folder).start()


def test_an_explicit_url_starts_nothing(folder: Path) -> None:
    assert ensure_redis("redis://cache.example", folder) == ("redis://cache.example", None)
    assert not folder.exists()


def test_without_a_url_a_server_is_started(folder: Path) -> None:
    url, server = ensure_redis(None, folder)
    assert server
    try:
        assert pid_of(url)
    finally:
        server.stop()
