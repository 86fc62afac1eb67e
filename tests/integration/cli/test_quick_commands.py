"""Commands that only ask a question must not load the rest of the program."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

HEAVY = {
    "flask", "celery", "kombu", "sqlalchemy", "alembic", "redis", "marshmallow", "anthropic", "openai", "httpx2",
    "structlog", "gunicorn", "gevent", "asyncio", "web", "workers",
}  # fmt: skip
LISTING = (sys.executable, str(Path(__file__).with_name("list_modules.py")))
ANSWERS = {
    "status": {
        "runtimeVersion": "1.2",
        "sessions": {"count": 1, "recent": [{"key": "agent:main:main", "updatedAt": 1}]},
    },
    "health": {"ok": True, "ts": 1, "durationMs": 2},
    "sessions.list": {"count": 1, "sessions": [{"key": "agent:main:main", "model": "echo", "modelProvider": "demo"}]},
    "agents.list": {"defaultId": "main", "agents": [{"id": "main", "name": "Main", "model": "demo/echo"}]},
    "models.list": {"models": [{"id": "echo", "provider": "demo", "name": "Echo", "contextWindow": 200000}]},
    "channels.status": {
        "channelOrder": ["telegram"],
        "channelLabels": {"telegram": "Telegram"},
        "channelAccounts": {
            "telegram": [{"accountId": "default", "enabled": True, "running": True, "lastError": None}]
        },
    },
    "logs.tail": {"lines": ["one", "two"], "cursor": 7},
    "config.get": {"parsed": {"log": {"level": "DEBUG"}}, "config": {}},
}
QUICK = {
    "status": "agent:main:main",
    "health": "ok",
    "sessions": "demo/echo",
    "agents list": "Main",
    "models list": "demo/echo",
    "memory status": "memory is not enabled",
    "config get": '"level": "DEBUG"',
}


def loaded(errors: str) -> set[str]:
    """The modules that ``list_modules.py`` wrote."""
    return set(errors.rpartition("loaded: ")[2].split())


@pytest.mark.spec("A2", "A3")
@pytest.mark.parametrize("command", QUICK)
def test_a_quick_command_answers_and_imports_nothing_else(ask, gateway, command):
    gateway.answers = ANSWERS
    done = ask(*command.split(), program=LISTING)
    assert done.returncode == 0, done.stderr
    assert QUICK[command] in done.stdout
    imported = loaded(done.stderr)
    assert not {name.partition(".")[0] for name in imported} & HEAVY
    own = {name for name in imported if re.fullmatch(r"openclaw\.cli\.commands\.\w+", name)}
    assert own == {f"openclaw.cli.commands.{command.split()[0]}"}


@pytest.mark.spec("A2")
@pytest.mark.parametrize("command", [*QUICK, "channels status", "logs"])
def test_read_commands_print_what_the_gateway_says_as_json(ask, gateway, command):
    gateway.answers = ANSWERS
    done = ask(*command.split(), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    known = {"sessions": "sessions.list", "logs": "logs.tail"}
    expected = ANSWERS.get(known.get(command) or command.replace(" ", "."))
    if expected is not None:
        assert found == expected.get("parsed", expected)


@pytest.mark.spec("A2")
def test_the_config_file_is_read_without_a_gateway_and_without_the_rest(run, user_home):
    (user_home / ".openclaw").mkdir()
    (user_home / ".openclaw" / "config.toml").write_text("[gateway]\nport = 2000\n")
    done = run("config", "get", "gateway.port", program=LISTING)
    assert done.stdout == "2000\n"
    imported = loaded(done.stderr)
    assert not {name.partition(".")[0] for name in imported} & {*HEAVY, "cryptography", "tomlkit", "jsonschema"}
    assert not {name for name in imported if name.startswith(("openclaw.composition", "openclaw.store"))}


def test_channels_and_logs_are_shown_to_people_too(ask, gateway):
    gateway.answers = ANSWERS
    assert re.search(r"Telegram +default +running", ask("channels", "status").stdout)
    assert ask("logs").stdout == "one\ntwo\n"


@pytest.mark.spec("A1")
def test_no_color_gives_plain_text_and_names_cannot_steer_the_terminal(ask, gateway):
    gateway.answers = {"sessions.list": {"sessions": [{"key": "evil\x1b[31m", "updatedAt": 1}]}}
    assert "\x1b" not in ask("--no-color", "sessions").stdout
    assert "\x1b" not in ask("sessions", NO_COLOR="1").stdout


def test_it_connects_as_the_cli_with_the_least_scope(ask, gateway):
    gateway.answers = ANSWERS
    ask("health")
    params = gateway.params_of("connect")
    assert (params["client"]["id"], params["client"]["mode"]) == ("cli", "cli")
    assert (params["minProtocol"], params["maxProtocol"]) == (4, 4)
    assert (params["role"], params["scopes"]) == ("operator", ["operator.read"])


def test_a_health_that_is_not_well_is_told_by_the_exit_code(ask, gateway):
    gateway.answers = {"health": {"ok": False}}
    assert ask("health").returncode == 1


def test_a_wrong_token_is_told_and_not_repeated(ask, gateway):
    done = ask("health", "--token", "wrong-token")
    assert done.returncode == 1
    assert "token mismatch" in done.stderr
    assert "wrong-token" not in done.stderr


def test_a_gateway_that_is_starting_is_asked_again(ask, gateway):
    gateway.answers = ANSWERS
    gateway.refusals = [{"code": "UNAVAILABLE", "message": "starting", "retryable": True, "retryAfterMs": 10}]
    assert ask("health").returncode == 0


def test_without_a_gateway_it_says_how_to_start_one(run):
    done = run("status", "--url", "ws://127.0.0.1:9")
    assert done.returncode == 1
    assert "openclaw up" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spec("A3")
def test_help_lists_the_groups_without_loading_them(run):
    done = run("--help", program=LISTING)
    assert "sessions" in done.stdout
    assert not [name for name in loaded(done.stderr) if name.startswith("openclaw.cli.commands")]


def test_a_misspelt_command_is_answered_with_the_nearest_one(run):
    done = run("sesions")
    assert done.returncode == 2
    assert "Did you mean 'sessions'?" in done.stderr


@pytest.mark.spec("A3")
@pytest.mark.parametrize(
    ("words", "completed", "imported"),
    [
        ("openclaw ", {"status", "config", "devices"}, set()),
        ("openclaw sta", {"status"}, set()),
        ("openclaw config ", {"get", "set", "rollback"}, {"config"}),
        ("openclaw gateway usage-cost --da", {"--days"}, {"gateway"}),
    ],
)
def test_shell_completion_knows_the_commands_without_loading_them(run, words, completed, imported):
    count = str(len(words.split(" ")) - 1)
    done = run(_OPENCLAW_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count, program=LISTING)
    assert completed <= {line.partition(",")[2] for line in done.stdout.splitlines()}
    own = re.compile(r"openclaw\.cli\.commands\.(\w+)")
    assert {found[1] for name in loaded(done.stderr) if (found := own.fullmatch(name))} == imported


@pytest.mark.parametrize(
    ("shell", "marks"), [("bash", "complete -o nosort"), ("zsh", "#compdef openclaw"), ("fish", "complete --no-files")]
)
def test_the_script_for_a_shell_is_printed(run, shell, marks):
    done = run("completion", shell)
    assert (done.returncode, marks in done.stdout, "_OPENCLAW_COMPLETE" in done.stdout) == (0, True, True)
