"""``openclaw config`` as an operator uses it: with a gateway, and with none."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openclaw.settings.redaction import REDACTED
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.config.conftest import Host
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN
from tests.waiting import wait_until

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A2", "A4", "B8")

TEXT = f"""\
# who we are
[agents.main]
name = "Crab"  # shown
fallbacks = ["demo/a", "demo/b"]
[gateway.auth]
token = "{TOKEN}"
[[bindings]]
agent = "main"
match = {{ channel = "telegram" }}
"""

Make = Callable[..., Host]
Run = Callable[..., Done]


@pytest.fixture(params=["gateway", "database", "file"])
def way(request: pytest.FixtureRequest) -> str:
    """What there is besides the file."""
    return str(request.param)


@pytest.fixture
def made(host: Make) -> Host:
    return host(text=TEXT)


@pytest.fixture
def port(way: str, made: Host, gateway: Callable[..., Served]) -> str:
    """Where this machine's gateway is, or would be."""
    return str(gateway(made).port) if way == "gateway" else "9"


@pytest.fixture
def run(way: str, port: str, made: Host, cli: Cli) -> Run:
    """The command line on the machine of ``made``."""
    variables = {**made.variables, "OPENCLAW_GATEWAY_PORT": port}
    if way == "file":
        variables["OPENCLAW_DATABASE_URL"] = f"sqlite:///{made.folder}/none.db"
    return lambda *arguments, **options: cli(*arguments, HOME=str(made.folder), **{**variables, **options})


def tree(made: Host) -> dict[str, Any]:
    return tomllib.loads(made.file.read_text())


def test_a_value_is_set_and_it_is_said_what_that_does(run: Run, made: Host, way: str) -> None:
    done = run("config", "set", "agents.main.model", "demo/echo")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("agents.main.model: takes effect at once\n")
    assert ("is in force" in done.out) is (way != "file")
    assert tree(made)["agents"]["main"]["model"] == "demo/echo"
    assert "# shown" in made.file.read_text()
    assert tree(made)["gateway"]["auth"]["token"] == TOKEN
    if way == "gateway":
        assert str(made.settings.agents.default.model) == "demo/echo"
    if way != "file":
        assert made.store.latest().text == made.file.read_text()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("lanes.main.concurrency", "9", 9),
        ("gateway.auth.allow_tailscale", "true", True),
        ("gateway.auth.password", "12345", "12345"),
        ("gateway.auth.password", '"12345"', "12345"),
        ("agents.main.system_prompt", "a = 1", "a = 1"),
        ("agents.main.fallbacks", '["demo/z"]', ["demo/z"]),
        ("bindings[0].agent", "main", "main"),
        ("bindings.0.match.account", "work", "work"),
        ("agents.ops.tools", '{ deny = ["exec*"] }', {"deny": ["exec*"]}),
    ],
)
def test_values_are_toml_else_text(made: Host, cli: Cli, path: str, value: str, expected: Any) -> None:
    from openclaw.settings.config_path import parse_path, value_at

    done = cli("config", "set", path, value, HOME=str(made.folder), OPENCLAW_GATEWAY_PORT="9", **made.variables)
    assert done.code == 0, done.err
    assert value_at(tree(made), parse_path(path)) == expected


def test_a_credential_can_be_given_on_standard_input(run: Run, made: Host) -> None:
    done = run("config", "set", "gateway.auth.password", "-", stdin="open sesame\n")
    assert "sesame" not in done.out + done.err
    assert tree(made)["gateway"]["auth"]["password"] == "open sesame"


def test_a_value_is_taken_out_also_from_a_list(run: Run, made: Host) -> None:
    assert run("config", "unset", "agents.main.fallbacks[0]").code == 0
    assert tree(made)["agents"]["main"]["fallbacks"] == ["demo/b"]
    assert run("config", "unset", "agents.main").code == 0
    assert "agents" not in tree(made)
    done = run("config", "unset", "agents.main")
    assert (done.code, "agents.main is not set" in done.err) == (2, True)


def test_several_changes_are_made_at_once(run: Run, made: Host) -> None:
    patch = {"agents": {"main": {"name": "Lobster", "fallbacks": None}}, "bindings": [], "gateway": {"processes": 4}}
    done = run("config", "patch", json.dumps(patch), "--note", "all at once", "--json")
    found = json.loads(done.out)
    assert {change["path"] for change in found["changes"]} == {
        *("agents.main.name", "agents.main.fallbacks", "bindings", "gateway.processes"),
    }
    assert tree(made)["agents"] == {"main": {"name": "Lobster"}}
    assert run("config", "patch", "-", stdin="[log]\nlevel = 'DEBUG'\n").code == 0
    assert tree(made)["log"] == {"level": "DEBUG"}


def test_a_whole_file_is_put_into_force(run: Run, made: Host, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(TEXT.replace("Crab", "Lobster"))
    assert run("config", "apply", str(new)).code == 0
    assert made.file.read_text() == new.read_text()
    assert "nothing was changed" in run("config", "apply", str(new)).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "gateway.prot", "1"), 'gateway.prot: unknown key; did you mean "port"?'),
        (("set", "gateway.processes", "x"), "gateway.processes: expected a whole number, found text"),
        (("set", "bindings[7].agent", "main"), "bindings is a list of 1; 7 is no index of it"),
        (("patch", '{"agents": {"main": {"model": "nope/x"}}}'), "no provider 'nope' is configured"),
    ],
)
def test_what_cannot_be_used_is_refused_precisely_and_changes_nothing(
    run: Run, made: Host, arguments: tuple[str, ...], says: str
) -> None:
    done = run("config", *arguments)
    assert (done.code, done.out) == (1, "")
    assert says in done.err
    assert made.file.read_text() == TEXT


def editor(folder: Path, script: str) -> str:
    """An editor that runs a line of shell on the file it is given as ``$1``."""
    path = folder / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_editor_shows_the_real_text_and_what_it_saves_takes_effect(run: Run, made: Host, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    edit = editor(tmp_path, f'cp "$1" {seen}; sed -i s/Crab/Lobster/ "$1"')
    done = run("config", "edit", VISUAL="", EDITOR=edit)
    assert (done.code, "agents.main.name: takes effect at once" in done.out) == (0, True), done.err
    assert seen.read_text() == TEXT
    assert made.file.read_text() == TEXT.replace("Crab", "Lobster")
    assert "nothing was changed" in run("config", "edit", VISUAL="", EDITOR=editor(tmp_path, "true")).out


def test_what_the_editor_saves_is_checked_and_kept_when_it_cannot_be_used(run: Run, made: Host, tmp_path: Path) -> None:
    done = run("config", "edit", VISUAL="", EDITOR=editor(tmp_path, 'echo "oops = = 1" >> "$1"'))
    assert done.code == 1
    assert "not valid TOML" in done.err
    assert made.file.read_text() == TEXT
    kept = made.file.with_name("config.toml.edited")
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (f"{TEXT}oops = = 1\n", 0o600)
    assert str(kept) in done.err


def test_a_file_that_cannot_be_used_can_be_mended(run: Run, made: Host, way: str) -> None:
    if way != "file":
        assert run("config", "set", "log.level", "INFO").code == 0
    broken = TEXT + "[lanes.main]\nconcurency = 4\n"
    made.file.write_text(broken)
    if way == "gateway":
        wait_until(lambda: made.live.state.problem)
    done = run("config", "set", "agents.main.name", "Lobster")
    assert (done.code, "lanes.main.concurency" in done.err) == (1, True)
    done = run("config", "unset", "lanes.main.concurency")
    assert done.code == 0, done.err
    assert tree(made)["lanes"] == {"main": {}}
    assert made.file.read_text().startswith(TEXT)


@pytest.mark.parametrize("way", ["gateway", "database"], indirect=True)
def test_versions_are_listed_shown_compared_and_gone_back_to(run: Run, made: Host) -> None:
    assert run("config", "set", "agents.main.name", "Lobster", "--note", "bigger").code == 0
    assert run("config", "set", "gateway.auth.token", TOKEN + "2").code == 0
    listed = json.loads(run("config", "history", "--json").out)["versions"]
    assert [version["version"] for version in listed] == [3, 2, 1]
    assert (listed[1]["note"], listed[2]["source"]) == ("bigger", "file")
    shown = run("config", "history").out
    assert "bigger" in shown
    shown = run("config", "show", "3").out
    assert ('name = "Lobster"' in shown, REDACTED in shown, TOKEN in shown) == (True, True, False)
    done = run("config", "diff", "1", "2")
    assert '-name = "Crab"  # shown\n+name = "Lobster"  # shown\n' in done.out
    assert "agents.main.name (live)" in done.out
    secrets = json.loads(run("config", "diff", "--json").out)
    assert (secrets["from"], secrets["to"], secrets["diff"]) == (2, 3, "")
    assert secrets["changes"] == [{"path": "gateway.auth.token", "reload": "live"}]
    done = run("config", "rollback", "1", OPENCLAW_GATEWAY_TOKEN=TOKEN + "2")
    assert done.code == 0, done.err
    assert made.file.read_text() == TEXT
    assert made.store.latest().note == "back to version 1"
    done = run("config", "show", "99")
    assert (done.code, "there is no version 99; `openclaw config history`" in done.err) == (1, True)


@pytest.mark.parametrize("way", ["file"], indirect=True)
def test_without_a_database_it_is_said_that_there_are_no_versions(run: Run) -> None:
    done = run("config", "history")
    assert (done.code, "no database yet" in done.err, "openclaw up" in done.err) == (2, True, True)


@pytest.mark.parametrize("way", ["database"], indirect=True)
def test_an_edit_of_the_file_that_nobody_took_yet_is_not_lost(run: Run, made: Host) -> None:
    assert run("config", "set", "log.level", "DEBUG").code == 0
    made.file.write_text(made.file.read_text().replace("Crab", "Crayfish"))
    assert run("config", "set", "log.level", "ERROR").code == 0
    assert (tree(made)["agents"]["main"]["name"], tree(made)["log"]["level"]) == ("Crayfish", "ERROR")
    made.file.write_text(TEXT)
    assert run("config", "set", "log.level", "ERROR").code == 0
    assert tree(made)["agents"]["main"]["name"] == "Crab", "on one machine going back to an old text is an edit"


@pytest.mark.parametrize("way", ["gateway"], indirect=True)
def test_a_gateway_that_works_on_another_file_is_not_taken_for_ours(
    run: Run, made: Host, host: Make, cli: Cli, gateway: Callable[..., Served]
) -> None:
    theirs = host("theirs", TEXT)
    port = str(gateway(theirs).port)
    done = run("config", "set", "agents.main.name", "Lobster", OPENCLAW_GATEWAY_PORT=port)
    assert done.code == 0, done.err
    assert "Lobster" in made.file.read_text()
    assert theirs.file.read_text() == TEXT
    done = run("config", "set", "agents.main.name", "Crayfish", "--url", f"ws://127.0.0.1:{port}", "--token", TOKEN)
    assert done.code == 0, done.err
    assert "Crayfish" in theirs.file.read_text()


@pytest.mark.parametrize("way", ["gateway"], indirect=True)
def test_a_gateway_that_is_named_is_read_and_edited_without_its_credentials(
    port: str, made: Host, cli: Cli, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*arguments: str, **options: str) -> Done:
        named = {"OPENCLAW_GATEWAY_URL": f"ws://127.0.0.1:{port}", "OPENCLAW_GATEWAY_TOKEN": TOKEN}
        return cli("config", *arguments, HOME=str(elsewhere), **named, **options)

    assert json.loads(run("get", "--json").out)["gateway"]["auth"]["token"] == "***"
    assert run("get", "lanes.main.concurrency").out == "32\n"
    done = run("get", "gateway.prot")
    assert (done.code, "gateway.prot is not set" in done.err) == (2, True)
    seen = tmp_path / "seen"
    edit = editor(tmp_path, f'cp "$1" {seen}; sed -i s/Crab/Lobster/ "$1"')
    assert run("edit", VISUAL="", EDITOR=edit).code == 0
    assert seen.read_text() == TEXT.replace(TOKEN, REDACTED)
    assert made.file.read_text() == TEXT.replace("Crab", "Lobster")


@pytest.mark.parametrize("way", ["database"], indirect=True)
def test_a_value_that_the_environment_sets_is_saved_and_said_to_change_nothing(run: Run, made: Host) -> None:
    done = run("config", "set", "gateway.port", "4242")
    assert (done.code, "environment variable stands above" in done.out) == (0, True)
    assert tree(made)["gateway"]["port"] == 4242


def test_a_gateway_that_was_named_and_does_not_answer_is_an_error(made: Host, cli: Cli) -> None:
    done = cli("config", "set", "log.level", "DEBUG", "--url", "ws://127.0.0.1:9", HOME=str(made.folder))
    assert (done.code, "no gateway answers" in done.err) == (1, True)
    assert made.file.read_text() == TEXT


def test_the_schema_is_explained_to_people_and_given_to_programs(cli: Cli) -> None:
    assert json.loads(cli("config", "schema").out)["properties"]["gateway"]["type"] == "object"
    explained = cli("config", "schema", "lanes.main.concurrency").out
    assert "lanes.main.concurrency  integer, default 32, live" in explained
    assert "restarts its account" in cli("config", "schema", ".").out
    assert json.loads(cli("config", "schema", "gateway.auth", "--json").out)["path"] == "gateway.auth"
    assert "did you mean" in cli("config", "schema", "gateway.prot").err


def test_where_the_file_is_and_whether_another_could_be_used(cli: Cli, tmp_path: Path) -> None:
    path = cli("config", "path").out.strip()
    assert path.endswith("/.openclaw/config.toml")
    assert json.loads(cli("config", "path", "--json").out) == {
        "path": path,
        "exists": False,
        "home": path.removesuffix("/config.toml"),
        "profile": None,
    }
    other = tmp_path / "other.toml"
    other.write_text("[gateway]\nprot = 1\n")
    done = cli("config", "check", str(other), "--json")
    assert (done.code, [p["path"] for p in json.loads(done.out)["problems"]]) == (2, ["gateway.prot"])
    other.write_text("[gateway]\nport = 1\n")
    assert cli("config", "check", str(other)).out == f"{other}: ok\n"
