"""``[skills]``: which skills agents have, and what those are given."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.ports.secrets import Secret
from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """``[skills.entries.<name>]``"""

    enabled: bool = option(True, "Whether agents have the skill, wherever it lies.")
    env: Mapping[str, Secret] = option(
        meaning="Variables for the commands of agents that have the skill; workers themselves do not get them.",
        factory=dict,
    )
    api_key: Secret | None = option(None, "The value of the variable that the skill names as its `primaryEnv`.")


@dataclass(frozen=True, slots=True)
class SkillsSection:
    """``[skills]``"""

    allow_bundled: tuple[str, ...] | None = option(
        None, "The skills of those that come with OpenClaw that count.", default_says="all"
    )
    extra_dirs: tuple[str, ...] = option((), "More folders of skills, which count last.", form="path")
    prompt_chars: int = option(
        30_000, "What a prompt says of skills, in characters; descriptions give way first.", minimum=0, maximum=200_000
    )
    entries: Mapping[str, SkillEntry] = option(meaning="What is said of single skills, by name.", factory=dict)
