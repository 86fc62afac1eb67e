"""Skills as workers and gateways put them together from the settings."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import openclaw.skills
from openclaw.composition.live_settings import LiveSettings
from openclaw.domain.skills import EntryRules, Machine, SkillRules, Source
from openclaw.ports.skills import SkillReport, SkillSnapshot
from openclaw.sandbox.box import PATH
from openclaw.settings.schema import Settings
from openclaw.skills.folders import Place
from openclaw.skills.programs import Programs
from openclaw.skills.reading import SkillFiles
from openclaw.skills.shelf import AgentSkills, FolderShelf, Given, ShelfPlan

BUNDLED = Path(openclaw.skills.__file__).resolve().parent / "bundled"
#: OpenClaw writes ``channels.slack.botToken`` where this configuration has ``bot_token``.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def skill_shelf(settings: Settings, files: SkillFiles) -> FolderShelf:
    """The skills of a configuration. ``files`` are shared with those of others."""
    in_sandbox = settings.tools.exec.host == "sandbox"
    programs = Programs(PATH if in_sandbox else os.environ.get("PATH", PATH))
    machine = Machine(sys.platform, programs.has, partial(is_configured, settings))
    return FolderShelf(_plan(settings), files, programs, machine)


class LiveShelf:
    """The shelf of the configuration in force. Implements ``SkillShelf``; thread-safe."""

    def __init__(self, live: LiveSettings) -> None:
        self._files = SkillFiles()
        self._shelf = skill_shelf(live.settings, self._files)
        live.on_change(lambda _before, after, _changes: self._follow(after))

    def snapshot(self, agent_id: str) -> SkillSnapshot:
        return self._shelf.snapshot(agent_id)

    def report(self, agent_id: str) -> SkillReport:
        return self._shelf.report(agent_id)

    def _follow(self, settings: Settings) -> None:
        self._shelf = skill_shelf(settings, self._files)


def is_configured(settings: Settings, path: str) -> bool:
    """Whether a key of the configuration, by its path with dots, is set to something."""
    found: Any = settings.file
    for step in path.split("."):
        name = _HUMP.sub("_", step).lower()
        if dataclasses.is_dataclass(found):
            found = getattr(found, name, None)
        elif isinstance(found, Mapping):
            found = found.get(step, found.get(name))
        else:
            return False
    return bool(found)


def _plan(settings: Settings) -> ShelfPlan:
    section = settings.skills
    entries = {
        key: EntryRules(entry.enabled, frozenset(entry.env), bool(entry.api_key))
        for key, entry in section.entries.items()
    }
    bundled = frozenset(section.allow_bundled) if section.allow_bundled is not None else None
    agents = {
        agent.id: AgentSkills(
            agent.workspace,
            SkillRules(entries, bundled, frozenset(agent.skills) if agent.skills is not None else None),
        )
        for agent in settings.agents.by_id.values()
    }
    places = (
        Place(Source.MANAGED, settings.skills_dir),
        Place(Source.BUNDLED, BUNDLED),
        *(Place(Source.EXTRA, Path(folder)) for folder in section.extra_dirs),
    )
    given = {key: Given(entry.env, entry.api_key) for key, entry in section.entries.items()}
    return ShelfPlan(agents, places, given, section.prompt_chars)
