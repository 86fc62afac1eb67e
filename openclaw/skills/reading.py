"""Skills read from their folders, and read again when a file has changed. Shared by all agents and configurations."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from openclaw.domain.skills import BrokenSkill, Skill
from openclaw.skills.folders import Place, Seen, look, read_file
from openclaw.skills.front_matter import parse_skill

Read = Skill | BrokenSkill


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a place holds. The same object as long as nothing in it changes."""

    skills: tuple[Skill, ...] = ()
    broken: tuple[BrokenSkill, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    read: Mapping[Seen, Read] = field(default_factory=lambda: MappingProxyType({}))
    contents: Contents = field(default_factory=Contents)


class SkillFiles:
    """Thread-safe. Never raises for what is on disk: a broken skill is told of, and the others count."""

    def __init__(self) -> None:
        self._known: dict[Place, _Known] = {}
        self._lock = threading.Lock()

    def contents(self, place: Place) -> Contents:
        """What is in a place now."""
        seen = look(place)
        with self._lock:
            known = self._known.setdefault(place, _Known())
            if seen != tuple(known.read):
                read = {each: known.read.get(each) or _read(place, each) for each in seen}
                skills = tuple(each for each in read.values() if isinstance(each, Skill))
                broken = tuple(each for each in read.values() if isinstance(each, BrokenSkill))
                known = self._known[place] = _Known(read, Contents(skills, broken))
            return known.contents


def _read(place: Place, seen: Seen) -> Read:
    folder = place.path / seen.name
    if seen.problem:
        return BrokenSkill(folder, place.source, seen.problem)
    try:
        return parse_skill(read_file(place, seen.name), folder, place.source)
    except ValueError as error:  # SkillProblem among them
        return BrokenSkill(folder, place.source, str(error))
    except OSError as error:
        return BrokenSkill(folder, place.source, f"cannot be read ({error.strerror})")
