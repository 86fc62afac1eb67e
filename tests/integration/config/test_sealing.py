"""Secrets in the database are sealed with a key that is not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from openclaw.security.sealing import KEY_VARIABLE, Sealer

pytestmark = pytest.mark.spec("E6")

SECRET = Secret("sk-very-secret")


def test_what_is_sealed_is_opened_with_the_same_key_and_shows_nothing(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "key", {}).seal(SECRET)
    assert "sk-very" not in sealed
    assert Sealer(tmp_path / "key", {}).open(sealed) == SECRET
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_the_key_may_come_from_the_environment(tmp_path: Path) -> None:
    environ = {KEY_VARIABLE: Fernet.generate_key().decode()}
    sealed = Sealer(tmp_path / "key", environ).seal(SECRET)
    assert Sealer(tmp_path / "other", environ).open(sealed) == SECRET
    assert not (tmp_path / "key").exists()


def test_a_key_that_is_missing_another_or_none_is_explained(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "key", {}).seal(SECRET)
    with pytest.raises(ConfigError, match="is missing; copy the key from the host"):
        Sealer(tmp_path / "nowhere", {}).open(sealed)
    with pytest.raises(ConfigError, match="sealed with another key"):
        Sealer(tmp_path / "key", {KEY_VARIABLE: Fernet.generate_key().decode()}).open(sealed)
    with pytest.raises(ConfigError, match="must be 32 bytes"):
        Sealer(tmp_path / "key", {KEY_VARIABLE: "short"}).open(sealed)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    Sealer(tmp_path / "key", {}).seal(SECRET)
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Sealer(tmp_path / "key", {}).seal(SECRET)


def test_whoever_seals_first_makes_the_key_that_all_use(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(lambda _: Sealer(tmp_path / "key", {}).seal(SECRET), range(64)))
    assert {Sealer(tmp_path / "key", {}).open(each) for each in sealed} == {SECRET}
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
