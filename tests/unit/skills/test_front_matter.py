"""What a SKILL.md says, and what is wrong with one that says it badly."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.domain.skills import InstallOption, Needs, Skill, Source
from openclaw.skills.front_matter import MAX_HEAD_CHARS, SkillProblem, parse_skill

pytestmark = pytest.mark.spec("E8")

FULL = """---
name: gh-issues
description: |
  Look after issues,
  and close them.
homepage: https://example.com
user-invocable: false
disable-model-invocation: true
command-dispatch: tool
command-tool: exec
command-arg-mode: raw
license: MIT
metadata:
  openclaw:
    emoji: "🐙"
    always: true
    os: [linux, darwin]
    skillKey: gh
    primaryEnv: GH_TOKEN
    requires:
      bins: [gh]
      anyBins: [jq, python3]
      env: [GH_TOKEN]
      config: [channels.slack]
    install:
      - {id: brew, kind: brew, formula: gh, bins: [gh], label: Install GitHub CLI}
      - {kind: node, package: gh-cli}
---
# Issues
"""


def read(text: str) -> Skill:
    return parse_skill(text, Path("/skills/x"), Source.MANAGED)


def head(*lines: str) -> str:
    return "\n".join(["---", "name: x", "description: y", *lines, "---", "body"])


def test_everything_that_is_said_is_understood() -> None:
    assert read(FULL) == Skill(
        name="gh-issues",
        description="Look after issues, and close them.",
        source=Source.MANAGED,
        folder=Path("/skills/x"),
        key="gh",
        homepage="https://example.com",
        emoji="🐙",
        user_invocable=False,
        model_invocable=False,
        command_tool="exec",
        always=True,
        primary_env="GH_TOKEN",
        needs=Needs(("linux", "darwin"), ("gh",), ("jq", "python3"), ("GH_TOKEN",), ("channels.slack",)),
        install=(
            InstallOption("brew", "brew", "Install GitHub CLI", ("gh",)),
            InstallOption("node", "node", "Install gh-cli (node)"),
        ),
    )


def test_name_and_description_are_enough() -> None:
    found = read("\ufeff---\r\nname: x\r\ndescription: y\r\n---\r\n")
    assert (found.key, found.user_invocable, found.model_invocable, found.needs) == ("x", True, True, Needs())


def test_metadata_may_be_json_in_one_line() -> None:
    assert read(head('metadata: {"openclaw": {"requires": {"bins": ["gh"]}}}')).needs.bins == ("gh",)
    assert read(head("""metadata: '{"openclaw": {"os": "linux"}}'""")).needs.os == ("linux",)
    assert read(head("metadata: {other: {a: 1}}")).needs == Needs()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# no head", "must begin with a line ---"),
        ("", "must begin with a line ---"),
        ("---\nname: x\n", "a second line --- is missing"),
        ("---\n- a\n---\n", "must be keys and values"),
        ("---\nname: x\n---\n", "description: is missing"),
        ("---\ndescription: x\n---\n", "name: is missing"),
        ("---\nname: x\ndescription: do: this\n---\n", "no YAML in line 3: .*; put texts with a colon in quotes"),
        ("---\nname: [" + "[" * 5_000 + "\n---\n", "is no YAML"),
        ("---\nname: x\n" + "# long\n" * MAX_HEAD_CHARS + "---\n", "longer than"),
        ("---\nname: 1\ndescription: x\n---\n", "name: must be text; put it in quotes"),
        ("---\nname: a b\ndescription: x\n---\n", "name: 'a b' is no name; use letters"),
        ("---\nname: ../x\ndescription: x\n---\n", "name: .* is no name"),
        (f"---\nname: x\ndescription: {'y' * 1025}\n---\n", "description: is longer than 1024"),
        (head("user-invocable: 'no'"), "user-invocable: must be true or false"),
        (head("command-dispatch: model"), "command-dispatch: 'model' is not known"),
        (head("command-dispatch: tool"), "command-tool: is missing"),
        (head("metadata: 5"), "metadata: must be a table"),
        (head("metadata: '{'"), "metadata: is neither a table nor JSON"),
        (head("metadata: {openclaw: []}"), "metadata.openclaw: must be a table"),
        (head("metadata: {openclaw: {os: 5}}"), "metadata.openclaw.os: must be a list of texts"),
        (head("metadata: {openclaw: {requires: {bins: [5]}}}"), "metadata.openclaw.requires.bins: must be a list"),
        (head("metadata: {openclaw: {always: 1}}"), "metadata.openclaw.always: must be true or false"),
        (head("metadata: {openclaw: {skillKey: a/b}}"), "skillKey: 'a/b' is no name"),
        (head("metadata: {openclaw: {install: {a: 1}}}"), "install: must be a list of tables"),
        (head("metadata: {openclaw: {install: [{id: a}]}}"), r"install\[0\].kind: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(SkillProblem, match=says):
        read(text)


@pytest.mark.parametrize("place", ["primaryEnv: LD_PRELOAD", "requires: {env: [PATH]}"])
def test_a_skill_cannot_ask_for_a_variable_that_changes_which_programs_run(place: str) -> None:
    with pytest.raises(SkillProblem, match="may not be given to commands"):
        read(head(f"metadata: {{openclaw: {{{place}}}}}"))


def test_nothing_in_a_head_is_run() -> None:
    with pytest.raises(SkillProblem, match="no YAML"):
        read(head("homepage: !!python/object/apply:os.getcwd []"))
