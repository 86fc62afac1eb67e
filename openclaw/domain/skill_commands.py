"""Skills as commands of a chat: their names, and what a turn is asked when one is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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


def called_skill(text: str, paths: Mapping[str, tuple[str, str]]) -> str:
    """What a turn is told whose message calls a skill, as ``/name words`` or ``/skill name words``; else nothing.

    ``paths`` has the skill and its file, as ``read`` takes it, by the command's name.
    """
    words = text.split(maxsplit=2)
    if not words or not words[0].startswith("/"):
        return ""
    name = words[1] if words[0] == "/skill" and len(words) > 1 else words[0].removeprefix("/").partition("@")[0]
    skill, path = paths.get(_name(name), ("", ""))
    if not skill:
        return ""
    return f"The message calls the skill {skill}: read {path} and do as it says. The rest of the message is its input."


def _name(text: str) -> str:
    return _OTHER.sub("_", text.lower()).strip("_")[:MAX_NAME].rstrip("_") or "skill"


def _free(name: str, taken: set[str]) -> str:
    wanted, number = name, 2
    while wanted in taken:
        suffix = f"_{number}"
        wanted, number = name[: MAX_NAME - len(suffix)] + suffix, number + 1
    return wanted
