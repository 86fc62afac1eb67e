"""What ``[skills]`` alone cannot say: that commands may be given its variables and no agent writes its folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from openclaw.domain.variables import is_plain_variable
from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.skills import SkillsSection

_NUL = "\0"


def check_skills(skills: SkillsSection, workspaces: Iterable[Path]) -> Iterator[Problem]:
    """Everything that is wrong. The paths of ``extra_dirs`` are absolute."""
    for key, entry in skills.entries.items():
        for name, value in entry.env.items():
            if not is_plain_variable(name):
                yield Problem(("skills", "entries", key, "env", name), "may not be given to commands")
            elif _NUL in value.reveal():
                yield Problem(("skills", "entries", key, "env", name), "holds a NUL character")
        if entry.api_key is not None and _NUL in entry.api_key.reveal():
            yield Problem(("skills", "entries", key, "api_key"), "holds a NUL character")
    for index, folder in enumerate(skills.extra_dirs):
        path = Path(folder)
        if not path.is_absolute():
            yield Problem(("skills", "extra_dirs", index), f"{folder!r} is no absolute path")
        elif any(path.is_relative_to(workspace) for workspace in workspaces):
            says = f"{folder!r} lies in a workspace, where agents write; skills of a workspace are in its folder skills"
            yield Problem(("skills", "extra_dirs", index), says)
