"""The system prompt: the same for the same day and files, and private where it must be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openclaw.agent.prompt import Scene, system_prompt
from openclaw.domain.workspace_files import FILE_CHARS, TOTAL_CHARS, WORKSPACE_FILES

#: 2026-11-27, 23:59:59 UTC.
LATE = 1_795_823_999_000


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    for name in (*WORKSPACE_FILES, "MEMORY.md"):
        (tmp_path / name).write_text(f"what {name} says\n")
    return Scene(
        "Ada",
        tmp_path,
        "agent:main:main",
        LATE,
        instructions="Be kind.",
        extra="In verse.",
        skills="## Skills\n- weather",
    )


def test_what_seldom_changes_comes_first(scene: Scene) -> None:
    prompt = system_prompt(scene)
    order = [
        "You are Ada",
        "Be kind.",
        "## Skills",
        *(f"## {name}" for name in WORKSPACE_FILES),
        "## MEMORY.md",
        "Today is",
        "In verse.",
    ]
    places = [prompt.index(part) for part in order]
    assert places == sorted(places)


def test_it_stays_the_same_within_a_day(scene: Scene) -> None:
    assert system_prompt(scene) == system_prompt(replace(scene, now_ms=LATE - 80_000_000))
    assert system_prompt(scene) != system_prompt(replace(scene, now_ms=LATE + 1_000))


@pytest.mark.parametrize(
    ("key", "shown", "where"),
    [
        ("agent:main:main", True, "the owner's own client"),
        ("agent:main:telegram:default:direct:42", False, "a direct chat on telegram"),
        ("agent:main:telegram:default:group:7:thread:1", False, "a group chat on telegram"),
        ("agent:main:dashboard:1234", False, "the owner's own client"),
    ],
)
def test_memory_is_shown_in_the_main_session_alone(scene: Scene, key: str, shown: bool, where: str) -> None:
    prompt = system_prompt(replace(scene, session_key=key))
    assert ("## MEMORY.md" in prompt) is shown
    assert where in prompt


def test_a_subagent_sees_its_task_and_little_else(scene: Scene) -> None:
    prompt = system_prompt(replace(scene, session_key="agent:main:subagent:1234"))
    assert "## AGENTS.md" in prompt
    assert "## TOOLS.md" in prompt
    assert not any(f"## {name}" in prompt for name in ("SOUL.md", "USER.md", "IDENTITY.md", "MEMORY.md", "Skills"))


def test_long_files_are_cut_in_the_middle_and_all_of_them_have_a_bound(scene: Scene) -> None:
    for name in WORKSPACE_FILES:
        (scene.workspace / name).write_text(f"begin {name} " + "x" * 3 * FILE_CHARS + f" end {name}")
    prompt = system_prompt(scene)
    assert "begin AGENTS.md" in prompt
    assert "end AGENTS.md" in prompt
    assert len(prompt) < TOTAL_CHARS + 5_000


def test_without_tools_nothing_is_said_of_them(scene: Scene) -> None:
    assert "untrusted-data" in system_prompt(scene)
    assert "untrusted-data" not in system_prompt(replace(scene, has_tools=False))


def test_files_that_are_missing_or_no_text_are_left_out(scene: Scene) -> None:
    (scene.workspace / "SOUL.md").unlink()
    (scene.workspace / "SOUL.md").mkdir()
    (scene.workspace / "USER.md").write_bytes(b"\xff\xfe bytes")
    prompt = system_prompt(scene)
    assert "## SOUL.md" not in prompt
    assert "bytes" in prompt
