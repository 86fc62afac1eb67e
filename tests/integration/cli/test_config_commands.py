from __future__ import annotations

import json

import pytest


@pytest.fixture
def home(user_home):
    folder = user_home / ".openclaw"
    folder.mkdir()
    return folder


def test_config_get_reads_the_file_and_falls_back_to_the_defaults(run, home):
    (home / "config.toml").write_text('[gateway]\nport = 2000\n[agents.main]\nfallbacks = ["demo/echo"]\n')
    assert run("config", "get", "gateway.port").stdout == "2000\n"
    assert run("config", "get", "gateway.host").stdout == "127.0.0.1\n"
    assert json.loads(run("config", "get", "agents.main.fallbacks").stdout) == ["demo/echo"]
    assert json.loads(run("config", "get", "--json").stdout)["gateway"] == {"port": 2000}


def test_config_get_stars_credentials_out_and_shows_references(run, home):
    (home / "config.toml").write_text(
        """
[gateway.auth]
token = "s3cret"
[models.providers.m]
api_key = "${KEY}"
headers = { "X-Auth" = "s3cret" }
[channels.telegram.accounts.default]
webhook_secret = "s3cret"
api_base = "https://api.telegram.org"
"""
    )
    text = run("config", "get").stdout
    assert "s3cret" not in text
    assert "${KEY}" in text
    assert "https://api.telegram.org" in text


def test_config_get_of_nothing_fails(run):
    done = run("config", "get", "gateway.prot")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gateway.prot is not set" in done.stderr


def test_config_check_tells_every_problem(run, home):
    assert run("config", "check").returncode == 0
    (home / "config.toml").write_text("[gateway]\nprot = 1\nhots = 2\n")
    done = run("config", "check", "--json")
    assert done.returncode == 2
    assert [p["line"] for p in json.loads(done.stdout)["problems"]] == [2, 3]
    plain = run("config", "check")
    assert 'config.toml:2: gateway.prot: unknown key; did you mean "port"?' in plain.stderr


@pytest.mark.spec("A1")
def test_a_profile_has_its_own_folder_port_and_config(run, user_home, home):
    (user_home / ".openclaw-work").mkdir()
    (user_home / ".openclaw-work" / "config.toml").write_text('[log]\nlevel = "ERROR"\n')
    assert run("--profile", "work", "config", "get", "log.level").stdout == "ERROR\n"
    assert run("config", "get", "log.level").stdout == "INFO\n"
    ports = {run(*profile, "config", "get", "gateway.port").stdout for profile in ((), ("--profile", "work"))}
    assert len(ports) == 2
    assert run("config", "get", "log.level", OPENCLAW_PROFILE="work").stdout == "ERROR\n"


@pytest.mark.spec("A1")
def test_dotenv_files_are_read(run, home):
    (home / ".env").write_text("WORD=hello\n")
    (home / "config.toml").write_text('[agents.main]\nsystem_prompt = "${WORD}"\n')
    assert run("config", "check").returncode == 0


def test_the_home_of_the_original_openclaw_is_left_alone(run, home):
    (home / "openclaw.json").write_text("{}")
    done = run("up")
    assert done.returncode == 2
    assert "original OpenClaw" in done.stderr
    assert [path.name for path in home.iterdir()] == ["openclaw.json"]
