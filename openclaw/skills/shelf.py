"""The skills of each agent under one configuration. Implements ``SkillShelf``.

What a turn is told changes with the files, the programs and the configuration and with nothing else, so that prompts
stay the same and vendors' caches hit. Nothing is watched: a turn looks for itself, which takes a ``stat`` for each
skill and is right on every worker.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from openclaw.domain.chat_commands import BY_NAME
from openclaw.domain.skill_commands import skill_commands
from openclaw.domain.skill_prompt import Listed, skills_section
from openclaw.domain.skills import Machine, Skill, SkillRules, Source, by_precedence, stand
from openclaw.ports.secrets import Secret
from openclaw.ports.skills import NO_SKILLS, SkillReport, SkillSnapshot
from openclaw.skills.folders import Place
from openclaw.skills.programs import Programs
from openclaw.skills.reading import Contents, SkillFiles


@dataclass(frozen=True, slots=True)
class Given:
    """What the configuration gives to commands for one skill."""

    env: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))
    api_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class AgentSkills:
    """One agent's part of the configuration."""

    workspace: Path
    rules: SkillRules = SkillRules()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class ShelfPlan:
    """What a configuration says of skills."""

    agents: Mapping[str, AgentSkills]
    #: For all agents.
    places: tuple[Place, ...]
    #: By the skills' keys.
    given: Mapping[str, Given]
    #: Characters of a prompt.
    budget: int


@dataclass(frozen=True, slots=True)
class _View:
    of: Hashable
    report: SkillReport
    snapshot: SkillSnapshot


class FolderShelf:
    """Thread-safe."""

    def __init__(self, plan: ShelfPlan, files: SkillFiles, programs: Programs, machine: Machine) -> None:
        self._plan = plan
        self._files = files
        self._programs = programs
        self._machine = machine
        self._views: dict[str, _View] = {}
        self._lock = threading.Lock()

    def snapshot(self, agent_id: str) -> SkillSnapshot:
        """The skills that an agent has now."""
        view = self._view(agent_id)
        return view.snapshot if view is not None else NO_SKILLS

    def report(self, agent_id: str) -> SkillReport:
        """All of them, with the reasons."""
        view = self._view(agent_id)
        return view.report if view is not None else SkillReport()

    def _view(self, agent_id: str) -> _View | None:
        agent = self._plan.agents.get(agent_id)
        if agent is None:
            return None
        places = (Place(Source.WORKSPACE, agent.workspace, "skills"), *self._plan.places)
        found = tuple(self._files.contents(place) for place in places)
        of = (found, self._programs.stamp())
        with self._lock:
            view = self._views.get(agent_id)
            if view is None or view.of != of:
                view = self._views[agent_id] = self._made(agent, found, of)
            return view

    def _made(self, agent: AgentSkills, found: tuple[Contents, ...], of: Hashable) -> _View:
        skills = by_precedence(skill for contents in found for skill in contents.skills)
        standings = tuple(stand(skill, agent.rules, self._machine) for skill in skills)
        had = [standing.skill for standing in standings if standing.eligible]
        listed = [_listed(standing.skill) for standing in standings if standing.in_prompt]
        snapshot = SkillSnapshot(
            section=skills_section(listed, self._plan.budget),
            commands=MappingProxyType(_commands(had)),
            folders=tuple(skill.folder for skill in had if skill.source is not Source.WORKSPACE),
            env=MappingProxyType(self._env(had)),
        )
        broken = tuple(each for contents in found for each in contents.broken)
        return _View(of, SkillReport(standings, broken), snapshot)

    def _env(self, skills: list[Skill]) -> dict[str, Secret]:
        """What commands get; the first skill by name decides where two give the same variable."""
        env: dict[str, Secret] = {}
        for skill in skills:
            given = self._plan.given.get(skill.key, Given())
            for name, value in given.env.items():
                env.setdefault(name, value)
            if skill.primary_env and given.api_key:
                env.setdefault(skill.primary_env, given.api_key)
        return env


def _listed(skill: Skill) -> Listed:
    """A skill for the prompt: one of the workspace by the path that all tools take."""
    return Listed(skill.name, path_for_read(skill), skill.description)


def _commands(skills: list[Skill]) -> dict[str, tuple[str, str]]:
    paths = {skill.name: path_for_read(skill) for skill in skills}
    return {each.name: (each.skill, paths[each.skill]) for each in skill_commands(skills, taken=BY_NAME)}


def path_for_read(skill: Skill) -> str:
    """The path by which ``read`` takes a skill's file."""
    if skill.source is Source.WORKSPACE:
        return f"skills/{skill.folder.name}/{skill.file.name}"
    return str(skill.file)
