"""Skills as commands of a chat: their names, and what a turn is asked when one is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from openclaw.domain.skills import Skill

#: What the strictest channel, Telegram, takes as a command's name and description.
MAX_NAME = 32
MAX_DESCRIPTION = 256
_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class SkillCommand:
    """A command that stands for a skill. ``tool`` is the tool that it goes to without a model, if any."""

    name: str
    skill: str
    description: str
    tool: str = ""


def skill_commands(skills: Iterable[Skill], taken: Iterable[str] = ()) -> tuple[SkillCommand, ...]:
    """The commands of the skills that people may call, each with a name of its own.

    Names are ``[a-z0-9_]{1,32}``; one that is taken already, by a command in ``taken`` or by a skill before, gets
    ``_2``, ``_3`` and so on. The order of the skills decides, so give them sorted.
    """
    names = set(taken)
    found = []
    for skill in skills:
        if not skill.user_invocable:
            continue
        name = _free(_name(skill.name), names)
        names.add(name)
        found.append(SkillCommand(name, skill.name, skill.description[:MAX_DESCRIPTION], skill.command_tool))
    return tuple(found)


def request_of(skill: str, path: str, words: str) -> str:
    """What a turn is asked for somebody who calls a skill. ``path`` is what ``read`` takes."""
    asked = f"\n\n{words.strip()}" if words.strip() else ""
    return f"Use the skill {skill}: read {path} and do as it says.{asked}"


def _name(text: str) -> str:
    return _OTHER.sub("_", text.lower()).strip("_")[:MAX_NAME].rstrip("_") or "skill"


def _free(name: str, taken: set[str]) -> str:
    wanted, number = name, 2
    while wanted in taken:
        suffix = f"_{number}"
        wanted, number = name[: MAX_NAME - len(suffix)] + suffix, number + 1
    return wanted
