"""Credentials that stand elsewhere than in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.errors import ConfigError
from openclaw.settings.environment import Environment, read_environment
from openclaw.settings.load import settings_of
from openclaw.settings.redaction import hidden
from openclaw.settings.references import resolve

pytestmark = pytest.mark.spec("E6")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "oc" / "secrets").mkdir(parents=True)
    given = {"HOME": str(tmp_path), "OPENCLAW_HOME": str(tmp_path / "oc"), "PATH": "/usr/bin:/bin", "KEY": "no"}
    return read_environment(given, cwd=tmp_path)


def program(environment: Environment, name: str, text: str, mode: int = 0o700) -> Path:
    path = environment.home / "secrets" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


def test_a_file_stands_for_what_it_holds_without_the_lines_end(environment):
    (environment.home / "secrets" / "acme").write_text("sk-123\n")
    assert resolve(environment, "file", "acme") == "sk-123"


def test_what_systemd_hands_over_comes_first(environment, tmp_path):
    (environment.home / "secrets" / "acme").write_text("old")
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed" / "acme").write_text("new")
    given = {
        "HOME": str(tmp_path),
        "OPENCLAW_HOME": str(environment.home),
        "CREDENTIALS_DIRECTORY": f"{tmp_path}/handed",
    }
    assert resolve(read_environment(given, cwd=tmp_path), "file", "acme") == "new"


def test_a_program_says_it_and_is_not_asked_again_at_once(environment):
    log = environment.home / "asked"
    program(environment, "vault", f'echo asked >> {log}\necho "sk-456$KEY"')
    assert [resolve(environment, "command", "vault") for _ in range(2)] == ["sk-456"] * 2
    assert log.read_text() == "asked\n", "and it has none of our variables"


@pytest.mark.parametrize("name", ["../config.toml", "/etc/passwd", "a/b", "", ".hidden", "a" * 200])
@pytest.mark.parametrize("kind", ["file", "command"])
def test_no_name_leads_out_of_the_folders(environment, kind, name):
    with pytest.raises(ConfigError, match="names no file"):
        resolve(environment, kind, name)


def test_a_program_that_others_may_change_is_not_run(environment):
    program(environment, "loose", "echo stolen", 0o777)
    with pytest.raises(ConfigError, match="may be changed by others"):
        resolve(environment, "command", "loose")


def test_what_goes_wrong_is_said_without_what_the_program_said(environment):
    program(environment, "broken", "echo sk-secret; echo sk-secret >&2; exit 3")
    with pytest.raises(ConfigError, match="exit code 3") as raised:
        resolve(environment, "command", "broken")
    assert "sk-secret" not in str(raised.value)
    with pytest.raises(ConfigError, match="is not there"):
        resolve(environment, "file", "missing")


def test_a_configuration_uses_them_and_shows_only_their_names(environment):
    (environment.home / "secrets" / "acme").write_text("sk-123")
    section = '[models.providers.acme]\napi = "openai-completions"\nbase_url = "http://127.0.0.1:1/v1"\n'
    environment.config_path.write_text(section + 'api_key = "${file:acme}"\n')
    provider = settings_of(environment).models.providers["acme"]
    assert provider.api_key is not None
    assert provider.api_key.reveal() == "sk-123"
    assert hidden({"api_key": "${file:acme}"}) == {"api_key": "${file:acme}"}
    environment.config_path.write_text(section + 'api_key = "${command:vault}"\n')
    with pytest.raises(ConfigError, match=r"models.providers.acme.api_key.*vault") as raised:
        settings_of(environment)
    assert f"put a program at {environment.home}/secrets/vault" in str(raised.value)
