"""What a skill is, and which skills an agent has. Pure.

A skill is a folder with a ``SKILL.md`` that says how one kind of task is done. Whether an agent has it depends on the
configuration and on the machine; what keeps it away is always told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

SKILL_FILE = "SKILL.md"


class Source(StrEnum):
    """Where a skill comes from (OpenClaw's words), the one that counts most first."""

    WORKSPACE = "openclaw-workspace"
    MANAGED = "openclaw-managed"
    BUNDLED = "openclaw-bundled"
    EXTRA = "openclaw-extra"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a skill asks for, or what of that is missing."""

    #: Any of these systems, as ``sys.platform`` calls them; empty for all.
    os: tuple[str, ...] = ()
    #: All of these programs, and one of those.
    bins: tuple[str, ...] = ()
    any_bins: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    #: Keys of the configuration that must be set to something.
    config: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.os or self.bins or self.any_bins or self.env or self.config)


@dataclass(frozen=True, slots=True)
class InstallOption:
    """A way to get what a skill needs, for people to read."""

    id: str
    kind: str
    label: str
    bins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill as its file describes it."""

    name: str
    description: str
    source: Source
    #: Absolute, links resolved.
    folder: Path
    #: By which the configuration names it: its name, or what its file says instead.
    key: str
    homepage: str = ""
    emoji: str = ""
    #: Whether people may call it as a command, and whether models are told of it.
    user_invocable: bool = True
    model_invocable: bool = True
    #: The tool that a command goes to straight away; empty where a model takes it.
    command_tool: str = ""
    #: Needs nothing but its system.
    always: bool = False
    #: The variable that ``api_key`` is given as.
    primary_env: str = ""
    needs: Needs = Needs()
    install: tuple[InstallOption, ...] = ()

    @property
    def file(self) -> Path:
        return self.folder / SKILL_FILE


@dataclass(frozen=True, slots=True)
class BrokenSkill:
    """A folder that is meant as a skill and is none; ``problem`` says what to mend."""

    path: Path
    source: Source
    problem: str


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What the configuration says of one skill, without the secrets."""

    enabled: bool = True
    env: frozenset[str] = frozenset()
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class SkillRules:
    """What the configuration says of one agent's skills. All names are keys of skills."""

    entries: Mapping[str, EntryRules] = field(default_factory=lambda: MappingProxyType({}))
    #: The bundled skills that count; ``None`` for all.
    bundled: frozenset[str] | None = None
    #: The skills that the agent may have; ``None`` for all.
    allowed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What skills may need of the place where they are used."""

    os: str
    has_program: Callable[[str], bool]
    #: Whether a key of the configuration is set to something.
    is_configured: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Standing:
    """A skill, and what keeps an agent from having it."""

    skill: Skill
    disabled: bool = False
    not_bundled: bool = False
    not_allowed: bool = False
    missing: Needs = Needs()

    @property
    def eligible(self) -> bool:
        return not (self.disabled or self.not_bundled or self.not_allowed or self.missing)

    @property
    def in_prompt(self) -> bool:
        return self.eligible and self.skill.model_invocable

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why an agent does not have it, and what would change that; empty when it has."""
        return tuple(_reasons(self))


def by_precedence(skills: Iterable[Skill]) -> list[Skill]:
    """One skill per name, the one whose source counts most, in the order of their names."""
    order = list(Source)
    found: dict[str, Skill] = {}
    for skill in sorted(skills, key=lambda each: order.index(each.source)):
        found.setdefault(skill.name, skill)
    return [found[name] for name in sorted(found)]


def stand(skill: Skill, rules: SkillRules, machine: Machine) -> Standing:
    """How a skill stands to an agent."""
    entry = rules.entries.get(skill.key, EntryRules())
    return Standing(
        skill,
        disabled=not entry.enabled,
        not_bundled=skill.source is Source.BUNDLED and rules.bundled is not None and skill.key not in rules.bundled,
        not_allowed=rules.allowed is not None and skill.key not in rules.allowed,
        missing=_missing(skill, entry, machine),
    )


def _missing(skill: Skill, entry: EntryRules, machine: Machine) -> Needs:
    needs = skill.needs
    os = needs.os if needs.os and machine.os not in needs.os else ()
    if skill.always:
        return Needs(os=os)
    return Needs(
        os=os,
        bins=tuple(name for name in needs.bins if not machine.has_program(name)),
        any_bins=() if any(machine.has_program(name) for name in needs.any_bins) else needs.any_bins,
        env=tuple(name for name in needs.env if not _is_given(name, skill, entry)),
        config=tuple(path for path in needs.config if not machine.is_configured(path)),
    )


def _is_given(name: str, skill: Skill, entry: EntryRules) -> bool:
    """Only the configuration gives variables to commands: what the process itself has is not theirs."""
    return name in entry.env or (entry.has_key and name == skill.primary_env)


def _reasons(standing: Standing) -> Iterator[str]:
    skill, missing = standing.skill, standing.missing
    section = f'[skills.entries."{skill.key}"]'
    if standing.disabled:
        yield f"it is disabled: {section} enabled = false"
    if standing.not_bundled:
        yield "[skills] allow_bundled does not name it"
    if standing.not_allowed:
        yield "the agent's `skills` do not name it"
    if missing.os:
        yield f"it is for {', '.join(missing.os)}"
    if missing.bins:
        yield f"these programs are missing: {', '.join(missing.bins)}"
    if missing.any_bins:
        yield f"one of these programs is needed: {', '.join(missing.any_bins)}"
    for name in missing.env:
        what = "api_key" if name == skill.primary_env else f"env.{name}"
        yield f"the variable {name} is missing: set {what} of {section}"
    if missing.config:
        yield f"these keys of the configuration are not set: {', '.join(missing.config)}"
