"""Skills on a real disk: read when they change, never by a link, and never fatal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from openclaw.composition.skills import BUNDLED
from openclaw.domain.skills import EntryRules, Machine, SkillRules, Source
from openclaw.ports.secrets import Secret
from openclaw.skills import reading
from openclaw.skills.folders import MAX_FILE_BYTES, MAX_SKILLS, Place
from openclaw.skills.programs import Programs
from openclaw.skills.reading import SkillFiles
from openclaw.skills.shelf import AgentSkills, FolderShelf, Given, ShelfPlan

pytestmark = pytest.mark.spec("E8")

Put = Callable[..., Path]


def put(folder: Path, name: str, says: str = "does it", more: str = "") -> Path:
    """A skill's folder."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: {says}\n{more}---\n# {name}\n")
    return folder / name


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path


def shelf(home: Path, rules: SkillRules = SkillRules(), **given: Given) -> FolderShelf:  # noqa: B008 - frozen
    programs = Programs(str(home / "bin"))
    plan = ShelfPlan(
        agents={"main": AgentSkills(home / "workspace", rules), "other": AgentSkills(home / "elsewhere", rules)},
        places=(
            Place(Source.MANAGED, home / "skills"),
            Place(Source.BUNDLED, home / "bundled"),
            Place(Source.EXTRA, home / "extra"),
        ),
        given=given,
        budget=30_000,
    )
    return FolderShelf(plan, SkillFiles(), programs, Machine("linux", programs.has, lambda _path: False))


def test_the_places_count_in_their_order(home: Path) -> None:
    for place in ("extra", "bundled", "skills", "workspace/skills"):
        put(home / place, "x", f"from {place}")
        put(home / place, f"only-{place.partition('/')[0]}")
    made = shelf(home)
    section = made.snapshot("main").section
    assert section.count("- x (") == 1
    assert "- x (skills/x/SKILL.md): from workspace/skills" in section
    assert f"- only-extra ({home}/extra/only-extra/SKILL.md)" in section
    assert f"- x ({home}/skills/x/SKILL.md): from skills" in made.snapshot("other").section
    assert made.snapshot("nobody").section == ""


def test_tools_may_read_what_the_agent_has_outside_its_workspace_and_no_more(home: Path) -> None:
    for name in ("had", "off"):
        put(home / "skills", name)
    put(home / "workspace" / "skills", "own")
    made = shelf(home, SkillRules({"off": EntryRules(enabled=False)}))
    assert made.snapshot("main").folders == (home / "skills" / "had",)


def test_the_same_skills_are_the_same_snapshot_and_are_not_read_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home / "skills", "x")
    put(home / "skills", "y")
    made = shelf(home)
    first = made.snapshot("main")
    read: list[str] = []
    plain = reading.read_file
    monkeypatch.setattr(reading, "read_file", lambda place, name: read.append(name) or plain(place, name))
    assert made.snapshot("main") is first
    assert read == []
    put(home / "skills", "y", "does it better")
    assert "does it better" in made.snapshot("main").section
    assert read == ["y"], "what has not changed is not read again"


def test_what_comes_and_goes_is_seen_at_the_next_look(home: Path) -> None:
    made = shelf(home)
    assert made.snapshot("main").section == ""
    folder = put(home / "workspace" / "skills", "x")
    assert "- x (" in made.snapshot("main").section
    (folder / "SKILL.md").unlink()
    assert made.snapshot("main").section == ""


def test_a_program_that_is_installed_later_brings_its_skill(home: Path) -> None:
    (home / "bin").mkdir()
    os.utime(home / "bin", (1, 1))
    put(home / "skills", "x", more="metadata: {openclaw: {requires: {bins: [tool]}}}\n")
    made = shelf(home)
    assert made.snapshot("main").section == ""
    (home / "bin" / "tool").write_text("#!/bin/sh\n")
    (home / "bin" / "tool").chmod(0o755)
    assert "- x (" in made.snapshot("main").section


def test_a_broken_skill_is_told_of_and_the_others_count(home: Path) -> None:
    put(home / "skills", "good")
    put(home / "skills", "bad", more="user-invocable: maybe\n")
    (home / "skills" / "bytes").mkdir()
    (home / "skills" / "bytes" / "SKILL.md").write_bytes(b"---\nname: \xff\n---\n")
    (home / "skills" / "folder" / "SKILL.md").mkdir(parents=True)
    (home / "skills" / "pipe").mkdir()
    os.mkfifo(home / "skills" / "pipe" / "SKILL.md")
    (put(home / "skills", "large") / "SKILL.md").write_text("x" * (MAX_FILE_BYTES + 1))
    (home / "skills" / "README.md").write_text("no skill")
    (home / "skills" / "empty").mkdir()
    put(home / "skills", ".hidden")
    report = shelf(home).report("main")
    assert [standing.skill.name for standing in report.standings] == ["good"]
    assert {broken.path.name: broken.problem for broken in report.broken} == {
        "bad": "user-invocable: must be true or false",
        "bytes": "SKILL.md is no text in UTF-8",
        "folder": "SKILL.md is no regular file; put the text itself there",
        "pipe": "SKILL.md is no regular file; put the text itself there",
        "large": f"SKILL.md is larger than {MAX_FILE_BYTES} bytes",
    }


@pytest.mark.parametrize("linked", ["x", "x/SKILL.md"])
def test_a_skill_is_never_reached_by_a_link(home: Path, linked: str) -> None:
    elsewhere = put(home / "private", "x")
    link = home / "workspace" / "skills" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere if linked == "x" else elsewhere / "SKILL.md")
    report = shelf(home).report("main")
    assert report.standings == ()
    assert len(report.broken) == 1


def test_a_workspace_cannot_lend_itself_another_folder_of_skills(home: Path) -> None:
    put(home / "private", "x")
    (home / "workspace" / "skills").symlink_to(home / "private")
    assert shelf(home).report("main").standings == ()


def test_an_operator_may_put_his_folder_elsewhere(home: Path) -> None:
    put(home / "mine", "x")
    (home / "skills").symlink_to(home / "mine")
    assert shelf(home).snapshot("main").folders == (home / "mine" / "x",)


def test_a_place_has_a_bound(home: Path) -> None:
    for number in range(MAX_SKILLS + 1):
        put(home / "skills", f"s{number:03}")
    report = shelf(home).report("main")
    assert len(report.standings) == MAX_SKILLS
    assert [broken.problem for broken in report.broken] == [
        f"has more than {MAX_SKILLS} skills; the others are left out"
    ]


def test_commands_get_what_the_skills_that_the_agent_has_are_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "skills", "x", more="metadata: {openclaw: {primaryEnv: X_KEY, requires: {env: [X_KEY]}}}\n")
    put(home / "skills", "off")
    rules = SkillRules({"x": EntryRules(has_key=True, env=frozenset({"X_ID"})), "off": EntryRules(enabled=False)})
    given = {"x": Given({"X_ID": Secret("7")}, Secret("k3y")), "off": Given({"OFF": Secret("no")})}
    snapshot = shelf(home, rules, **given).snapshot("main")
    assert dict(snapshot.env) == {"X_ID": Secret("7"), "X_KEY": Secret("k3y")}
    assert "k3y" not in repr(snapshot)
    assert not {"X_ID", "X_KEY"} & os.environ.keys()


def test_a_variable_that_is_named_twice_is_the_one_that_was_set_by_name(home: Path) -> None:
    put(home / "skills", "x", more="metadata: {openclaw: {primaryEnv: X_KEY}}\n")
    given = Given({"X_KEY": Secret("by name")}, Secret("by key"))
    assert shelf(home, x=given).snapshot("main").env["X_KEY"].reveal() == "by name"


def test_every_skill_that_is_bundled_can_be_read_and_is_short() -> None:
    contents = SkillFiles().contents(Place(Source.BUNDLED, BUNDLED))
    assert contents.broken == ()
    assert [skill.name for skill in contents.skills] == sorted(each.name for each in BUNDLED.iterdir())
    assert len(contents.skills) >= 5
    assert all(skill.file.stat().st_size < 4_000 for skill in contents.skills)
