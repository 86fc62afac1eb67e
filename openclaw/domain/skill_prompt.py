"""What a prompt says of an agent's skills: names, paths and descriptions, within a budget. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADING = (
    "## Skills\n"
    "Each is a file that says how one kind of task is done. When one fits what is asked, read its file first and do as "
    "it says; when several fit, take the closest one; when none does, go on without. Paths in such a file are relative "
    "to its folder."
)
#: The lengths that descriptions are cut to, one after the other, until all skills fit; 0 for names and paths alone.
_LENGTHS = (1024, 160, 60, 0)


@dataclass(frozen=True, slots=True)
class Listed:
    """A skill as a model is told of it. ``path`` is what ``read`` takes."""

    name: str
    path: str
    description: str


def skills_section(skills: Sequence[Listed], budget: int) -> str:
    """The section, ``budget`` characters at the most; empty without skills. The same skills give the same text.

    Descriptions give way before skills do, and it is said how many are left out.
    """
    if not skills or budget <= len(HEADING):
        return ""
    for length in _LENGTHS:
        lines = [_line(skill, length) for skill in skills]
        if _size(lines) <= budget:
            return "\n".join([HEADING, *lines])
    while lines and _size([*lines, _left_out(len(skills) - len(lines))]) > budget:
        lines.pop()
    return "\n".join([HEADING, *lines, _left_out(len(skills) - len(lines))]) if lines else ""


def _line(skill: Listed, length: int) -> str:
    said = f": {_cut(skill.description, length)}" if length else ""
    return f"- {skill.name} ({skill.path}){said}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _left_out(count: int) -> str:
    return f"({count} more do not fit here.)"


def _size(lines: Sequence[str]) -> int:
    return len(HEADING) + sum(len(line) + 1 for line in lines)
