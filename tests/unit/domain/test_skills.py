"""Which skills an agent has, and what it is told of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openclaw.domain.skill_commands import called_skill, skill_commands
from openclaw.domain.skill_prompt import HEADING, Listed, skills_section
from openclaw.domain.skills import (
    EntryRules,
    Machine,
    Needs,
    Skill,
    SkillRules,
    Source,
    Standing,
    by_precedence,
    stand,
)
from openclaw.domain.variables import is_plain_variable

MACHINE = Machine("linux", {"git", "jq"}.__contains__, {"channels.slack"}.__contains__)


def skill(name: str = "x", source: Source = Source.MANAGED, **facts: object) -> Skill:
    return Skill(name, f"does {name}", source, Path("/skills") / name, **{"key": name, **facts})  # type: ignore[arg-type]


def reasons(needs: Needs, rules: SkillRules | None = None, **facts: object) -> tuple[str, ...]:
    return stand(skill(needs=needs, **facts), rules or SkillRules(), MACHINE).reasons


def test_a_skill_that_needs_nothing_is_had() -> None:
    standing = stand(skill(), SkillRules(), MACHINE)
    assert (standing.eligible, standing.in_prompt, standing.reasons) == (True, True, ())


def test_the_workspace_counts_before_the_home_that_before_what_is_bundled_and_that_before_extra_folders() -> None:
    every = [skill("a", source) for source in reversed(Source)]
    assert [each.source for each in by_precedence([*every, skill("b", Source.EXTRA)])] == [
        Source.WORKSPACE,
        Source.EXTRA,
    ]
    assert by_precedence(every[:2])[0].source is Source.BUNDLED
    assert by_precedence(every[:3])[0].source is Source.MANAGED


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        (Needs(os=("darwin", "win32")), "it is for darwin, win32"),
        (Needs(bins=("git", "gh", "brew")), "these programs are missing: gh, brew"),
        (Needs(any_bins=("gh", "glab")), "one of these programs is needed: gh, glab"),
        (Needs(env=("TOKEN",)), 'the variable TOKEN is missing: set env.TOKEN of [skills.entries."x"]'),
        (Needs(config=("channels.slack", "channels.irc")), "these keys of the configuration are not set: channels.irc"),
    ],
)
def test_what_is_missing_is_said(needs: Needs, says: str) -> None:
    assert reasons(needs) == (says,)


@pytest.mark.parametrize(
    "needs",
    [Needs(os=("linux",)), Needs(bins=("git",)), Needs(any_bins=("gh", "jq")), Needs(config=("channels.slack",))],
)
def test_what_is_there_keeps_nothing_away(needs: Needs) -> None:
    assert reasons(needs) == ()


def test_variables_come_from_the_configuration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "the worker's own")
    needs = Needs(env=("TOKEN", "KEY"))
    rules = SkillRules({"x": EntryRules(env=frozenset({"TOKEN"}), has_key=True)})
    assert len(reasons(needs)) == 2
    assert reasons(needs, rules, primary_env="KEY") == ()
    (left,) = reasons(needs, SkillRules({"x": EntryRules(env=frozenset({"TOKEN"}))}), primary_env="KEY")
    assert left == 'the variable KEY is missing: set api_key of [skills.entries."x"]'


def test_one_that_is_always_there_needs_its_system_and_nothing_else() -> None:
    needs = Needs(os=("darwin",), bins=("gh",), env=("TOKEN",), config=("a.b",))
    assert reasons(needs, always=True) == ("it is for darwin",)


def test_the_configuration_takes_skills_away_by_their_keys() -> None:
    rules = SkillRules({"k": EntryRules(enabled=False)}, bundled=frozenset({"y"}), allowed=frozenset({"z"}))
    said = stand(skill(source=Source.BUNDLED, key="k"), rules, MACHINE).reasons
    assert said == (
        'it is disabled: [skills.entries."k"] enabled = false',
        "[skills] allow_bundled does not name it",
        "the agent's `skills` do not name it",
    )
    rules = replace(rules, bundled=frozenset(), allowed=frozenset({"x"}))
    assert stand(skill(), rules, MACHINE).eligible, "what is bundled is another matter"


def test_models_are_not_told_of_what_only_people_may_call() -> None:
    standing = Standing(skill(model_invocable=False))
    assert (standing.eligible, standing.in_prompt) == (True, False)


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "IFS", "A=B", "", "1A", "A-B"])
def test_variables_that_change_which_programs_run_are_none(name: str) -> None:
    assert not is_plain_variable(name)


# --- the prompt -------------------------------------------------------------------------------------------------------

LISTED = [Listed(f"s{i}", f"/skills/s{i}/SKILL.md", f"does {i} " + "very " * 50 + "well") for i in range(10)]


def test_each_skill_is_told_with_its_path_and_purpose() -> None:
    section = skills_section([Listed("weather", "skills/weather/SKILL.md", "The weather.")], 30_000)
    assert section == f"{HEADING}\n- weather (skills/weather/SKILL.md): The weather."
    assert skills_section([], 30_000) == ""


@pytest.mark.parametrize("budget", [4_000, 3_000, 1_500, 700, 600, 400, 320])
def test_descriptions_give_way_before_skills_do_and_the_budget_holds(budget: int) -> None:
    section = skills_section(LISTED, budget)
    assert len(section) <= budget
    told = section.count("\n- s")
    if told < len(LISTED) and section:
        assert f"({10 - told} more do not fit here.)" in section
        assert "does" not in section.removeprefix(HEADING)
    if budget >= 700:
        assert told == 10


def test_a_budget_of_nothing_tells_nothing() -> None:
    assert skills_section(LISTED, 0) == ""


# --- commands ---------------------------------------------------------------------------------------------------------


def test_names_of_commands_are_what_every_channel_takes() -> None:
    names = ["Git-Review", "a.b", "1password", "_", "x" * 60]
    found = skill_commands([skill(name) for name in names])
    assert [command.name for command in found] == ["git_review", "a_b", "1password", "skill", "x" * 32]
    assert found[0].skill == "Git-Review"


def test_a_name_that_is_taken_gets_a_number() -> None:
    skills = [skill("a-b"), skill("a_b"), skill("a.b"), skill("status"), skill("y" * 32), skill("y" * 40)]
    found = [command.name for command in skill_commands(skills, taken={"status"})]
    assert found == ["a_b", "a_b_2", "a_b_3", "status_2", "y" * 32, "y" * 30 + "_2"]


def test_what_people_may_not_call_is_no_command() -> None:
    (command,) = skill_commands([skill("a", user_invocable=False), skill("b", command_tool="send")])
    assert (command.skill, command.tool, command.description) == ("b", "send", "does b")


@pytest.mark.parametrize("text", ["/meeting_notes now", "/meeting-notes@bot now", "/skill meeting_notes now"])
def test_a_call_names_the_file(text: str) -> None:
    paths = {"meeting_notes": ("meeting-notes", "skills/m/SKILL.md")}
    told = called_skill(text, paths)
    assert told.startswith("The message calls the skill meeting-notes: read skills/m/SKILL.md")


@pytest.mark.parametrize("text", ["", "meeting_notes", "/skill", "/other now", "see /meeting_notes"])
def test_other_messages_call_none(text: str) -> None:
    assert called_skill(text, {"meeting_notes": ("meeting-notes", "p")}) == ""
