"""The skills of agents as turns, tools and gateways use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from openclaw.domain.skills import BrokenSkill, Standing
from openclaw.ports.secrets import Secret


@dataclass(frozen=True, slots=True)
class SkillSnapshot:
    """What a turn has of its agent's skills, the same from its first step to its last."""

    #: What the prompt says of them; empty for none.
    section: str = ""
    #: Skills that a message may call, each with its file, by the names of their commands.
    commands: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Folders outside the workspace that its tools may read, and never write.
    folders: tuple[Path, ...] = ()
    #: What commands get where they do not set it themselves. Never for this process's own environment, for a message, a
    #: file or an argument list.
    env: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))


NO_SKILLS = SkillSnapshot()


@dataclass(frozen=True, slots=True)
class SkillReport:
    """All skills that an agent could have, by name, and the folders that are none."""

    standings: tuple[Standing, ...] = ()
    broken: tuple[BrokenSkill, ...] = ()


class SkillShelf(Protocol):
    """Thread-safe. Looks at the folders whenever it is asked, and reads only what has changed since."""

    def snapshot(self, agent_id: str) -> SkillSnapshot:
        """The skills that an agent has now; none for one that is not configured. Never raises."""
        ...

    def report(self, agent_id: str) -> SkillReport:
        """The same for people: those that it does not have too, with the reasons. Never raises."""
        ...
