"""Skills as operators and nodes ask for them: how each stands, which programs they need, what an edit says of one.

What stands here is how it is on this gateway's machine: workers are to have the same folders and programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openclaw.domain.chat_commands import BY_NAME
from openclaw.domain.skill_commands import SkillCommand, skill_commands
from openclaw.domain.skills import BrokenSkill, InstallOption, Needs, Source, Standing
from openclaw.errors import InvalidRequest
from openclaw.ports.skills import SkillReport, SkillShelf


@dataclass(slots=True)
class SkillDesk:
    """Its methods read folders: call them away from connections. ``changed`` is for one caller."""

    shelf: SkillShelf
    #: Where skills for all agents are.
    managed: Path
    _seen: Mapping[str, SkillReport] = field(default_factory=dict)

    def status(self, agent_id: str, workspace: str) -> dict[str, Any]:
        """All skills that an agent could have."""
        report = self.shelf.report(agent_id)
        return {
            "agentId": agent_id,
            "workspaceDir": workspace,
            "managedSkillsDir": str(self.managed),
            "skills": [_row(standing) for standing in report.standings],
            "problems": [_problem(broken) for broken in report.broken],
        }

    def commands(self, agent_ids: tuple[str, ...]) -> tuple[SkillCommand, ...]:
        """What people may write to call the agents' skills; of two agents' with one name, the first's."""
        found: dict[str, SkillCommand] = {}
        for id_ in agent_ids:
            usable = [standing.skill for standing in self.shelf.report(id_).standings if standing.eligible]
            for command in skill_commands(usable, taken=BY_NAME):
                found.setdefault(command.name, command)
        return tuple(found.values())

    def bins(self, agent_ids: tuple[str, ...]) -> list[str]:
        """The programs that the agents' skills ask for."""
        needs = [standing.skill.needs for id_ in agent_ids for standing in self.shelf.report(id_).standings]
        return sorted({name for each in needs for name in (*each.bins, *each.any_bins)})

    def check_known(self, key: str, agent_ids: tuple[str, ...]) -> None:
        """Raises InvalidRequest for a key that no skill has."""
        known = {standing.skill.key for id_ in agent_ids for standing in self.shelf.report(id_).standings}
        if key not in known:
            raise InvalidRequest(f"unknown skill {key!r}; skills.status names those that are there by skillKey")

    def changed(self, agent_ids: tuple[str, ...]) -> bool:
        """Whether anything is another than at the last call; not at the first."""
        seen, self._seen = self._seen, {id_: self.shelf.report(id_) for id_ in agent_ids}
        return bool(seen) and seen != self._seen


def changes_of(key: str, enabled: bool | None, api_key: str | None, env: Mapping[str, str] | None) -> dict[str, Any]:
    """The merge-patch that says something of a skill; an empty text takes a value out."""
    entry: dict[str, Any] = {}
    if enabled is not None:
        entry["enabled"] = enabled
    if api_key is not None:
        entry["api_key"] = api_key.strip() or None
    if env:
        entry["env"] = {name.strip(): value.strip() or None for name, value in env.items()}
    return {"skills": {"entries": {key: entry}}}


def _row(standing: Standing) -> dict[str, Any]:
    skill = standing.skill
    row = {
        "name": skill.name,
        "description": skill.description,
        "source": skill.source.value,
        "bundled": skill.source is Source.BUNDLED,
        "filePath": str(skill.file),
        "baseDir": str(skill.folder),
        "skillKey": skill.key,
        "always": skill.always,
        "disabled": standing.disabled,
        "blockedByAllowlist": standing.not_bundled,
        "blockedByAgentFilter": standing.not_allowed,
        "eligible": standing.eligible,
        "platformIncompatible": bool(standing.missing.os),
        "modelVisible": standing.in_prompt,
        "userInvocable": skill.user_invocable,
        "commandVisible": standing.eligible and skill.user_invocable,
        "requirements": _needs(skill.needs),
        "missing": _needs(standing.missing),
        "configChecks": [
            {"path": path, "satisfied": path not in standing.missing.config} for path in skill.needs.config
        ],
        "install": [_install(option) for option in skill.install],
        "reasons": list(standing.reasons),
    }
    named = {"emoji": skill.emoji, "homepage": skill.homepage, "primaryEnv": skill.primary_env}
    return row | {name: text for name, text in named.items() if text}


def _needs(needs: Needs) -> dict[str, list[str]]:
    return {
        "bins": list(needs.bins),
        "anyBins": list(needs.any_bins),
        "env": list(needs.env),
        "config": list(needs.config),
        "os": list(needs.os),
    }


def _install(option: InstallOption) -> dict[str, Any]:
    return {"id": option.id, "kind": option.kind, "label": option.label, "bins": list(option.bins)}


def _problem(broken: BrokenSkill) -> dict[str, str]:
    return {"path": str(broken.path), "source": broken.source.value, "message": broken.problem}
