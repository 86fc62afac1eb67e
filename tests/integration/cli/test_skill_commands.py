"""``openclaw skills`` against a real gateway with real folders of skills."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.composition.skills import LiveShelf
from openclaw.ports.clock import system_clock
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.config.conftest import Host
from tests.integration.web.serving import serving
from tests.integration.web.twins import TOKEN, Desk
from tests.sqlite_file import open_file
from web.config_watch import ConfigWatch
from web.skill_desk import SkillDesk

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "E8")

Run = Callable[..., Done]


@pytest.fixture
def skills(tmp_path: Path) -> Path:
    folder = tmp_path / "host" / ".openclaw" / "skills"
    (folder / "poems").mkdir(parents=True)
    needs = "{requires: {bins: [no-such-quill]}, install: [{kind: brew, formula: quill}]}"
    head = f"name: poems\ndescription: Writes poems\nhomepage: https://example.com\nmetadata: {{openclaw: {needs}}}"
    (folder / "poems" / "SKILL.md").write_text(f"---\n{head}\n---\n")
    return folder


@pytest.fixture
def run(cli: Cli, skills: Path, tmp_path: Path) -> Iterator[Run]:
    database = open_file(tmp_path / "cluster.db")
    url = f"sqlite:///{tmp_path}/cluster.db"
    host = Host(skills.parents[1], database, {"OPENCLAW_DATABASE_URL": url})
    host.file.write_text('[skills]\nallow_bundled = ["weather", "meeting-notes"]\n')
    host.boot()
    parts = {
        "config": ConfigWatch(host.live, host.store, system_clock),
        "skills": SkillDesk(LiveShelf(host.live), host.settings.skills_dir),
    }
    with serving(Desk(), host.folder, **parts) as served:
        yield lambda *arguments: cli(
            *arguments,
            OPENCLAW_HOME=str(tmp_path / "mine"),
            OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}",
            OPENCLAW_GATEWAY_TOKEN=TOKEN,
        )
    database.close()


def test_skills_are_listed_with_whether_the_agent_has_them(run: Run) -> None:
    lines = {line.split()[0]: line for line in run("skills", "list").out.splitlines()}
    assert "yes" in lines["weather"]
    assert "bundled" in lines["weather"]
    assert lines["poems"].split()[1:3] == ["no", "managed"]
    found = json.loads(run("skills", "list", "--eligible", "--json").out)
    assert [skill["name"] for skill in found["skills"]] == ["meeting-notes", "weather"]


def test_one_skill_says_why_it_is_left_out_and_how_to_get_it(run: Run, skills: Path) -> None:
    said = run("skills", "info", "poems").out
    assert "poems: Writes poems" in said
    assert f"{skills}/poems/SKILL.md" in said
    assert "these programs are missing: no-such-quill" in said
    assert "to get it: Install quill (brew)" in said
    assert "the agent has it" in run("skills", "info", "weather").out
    assert json.loads(run("skills", "info", "weather", "--json").out)["eligible"] is True
    refused = run("skills", "info", "songs")
    assert (refused.code, "no skill 'songs'; known: " in refused.err) == (2, True)


def test_a_check_tells_what_is_missing_and_fails_for_what_is_broken(run: Run, skills: Path) -> None:
    done = run("skills", "check")
    assert (done.code, "of 7 skills can be used" in done.out) == (0, True)
    assert "poems: these programs are missing: no-such-quill" in done.out
    (skills / "odd").mkdir()
    (skills / "odd" / "SKILL.md").write_text("no head")
    done = run("skills", "check")
    assert done.code == 1
    assert f"broken: {skills}/odd: must begin with a line ---" in done.err
    found = json.loads(run("skills", "check", "--json").out)
    assert found["eligible"] == ["meeting-notes", "weather"]
    assert found["leftOut"]["git-review"] == ["[skills] allow_bundled does not name it"]
    assert [problem["path"] for problem in found["problems"]] == [f"{skills}/odd"]


def test_clients_are_told_of_the_commands_that_call_skills(run: Run) -> None:
    rows = json.loads(run("gateway", "call", "commands.list", "--json").out)["commands"]
    skills = {row["name"]: row for row in rows if row["source"] == "skill"}
    assert sorted(skills) == ["meeting_notes", "weather"]
    assert (skills["weather"]["textAliases"], skills["weather"]["nativeName"]) == (["/weather"], "weather")


def test_a_skill_is_disabled_and_enabled(run: Run) -> None:
    assert run("skills", "disable", "weather").out == "weather is disabled\n"
    assert 'it is disabled: [skills.entries."weather"]' in run("skills", "info", "weather").out
    assert json.loads(run("skills", "enable", "weather", "--json").out)["ok"] is True
    assert "the agent has it" in run("skills", "info", "weather").out
    assert "unknown skill 'nobody'" in run("skills", "enable", "nobody").err
