"""From the text of a ``SKILL.md`` to a skill: YAML between two lines of ``---``, and instructions below it.

Keys that nobody here knows are left alone, since such files are shared between programs. What is there but of the wrong
kind is a problem: a gate that was mistyped must not open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openclaw.domain.skills import InstallOption, Needs, Skill, Source
from openclaw.domain.variables import is_plain_variable

#: Larger heads are refused: the parser is slow, and a head is a page at most.
MAX_HEAD_CHARS = 16 * 1024
#: As the open format of skills limits it.
MAX_DESCRIPTION = 1024
_FENCE = re.compile(r"---[ \t]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME_SAYS = "letters, digits, dots, - and _, 64 at the most"


class SkillProblem(ValueError):
    """The text is no skill; says what to mend."""


def parse_skill(text: str, folder: Path, source: Source) -> Skill:
    """Read a skill. Raises SkillProblem."""
    head = _Table(_head(text))
    own = _own(head)
    needs = own.table("requires")
    name = head.text("name", required=True)
    if not _NAME.fullmatch(name):
        raise SkillProblem(f"name: {name[:80]!r} is no name; use {_NAME_SAYS}")
    description = " ".join(head.text("description", required=True).split())
    if len(description) > MAX_DESCRIPTION:
        raise SkillProblem(f"description: is longer than {MAX_DESCRIPTION} characters")
    key = own.text("skillKey") or name
    if not _NAME.fullmatch(key):
        raise SkillProblem(f"metadata.openclaw.skillKey: {key[:80]!r} is no name; use {_NAME_SAYS}")
    return Skill(
        name=name,
        description=description,
        source=source,
        folder=folder,
        key=key,
        homepage=head.text("homepage") or own.text("homepage"),
        emoji=own.text("emoji"),
        user_invocable=head.flag("user-invocable", default=True),
        model_invocable=not head.flag("disable-model-invocation", default=False),
        command_tool=_command_tool(head),
        always=own.flag("always", default=False),
        primary_env=_variable(own.text("primaryEnv"), "metadata.openclaw.primaryEnv"),
        needs=Needs(
            os=own.texts("os"),
            bins=needs.texts("bins"),
            any_bins=needs.texts("anyBins"),
            env=tuple(_variable(each, "metadata.openclaw.requires.env") for each in needs.texts("env")),
            config=needs.texts("config"),
        ),
        install=_install(own),
    )


def _head(text: str) -> Mapping[str, Any]:
    import yaml

    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or not _FENCE.fullmatch(lines[0]):
        raise SkillProblem("must begin with a line --- and name and description below it")
    end = next((index for index, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line)), 0)
    if not end:
        raise SkillProblem("the head has no end: a second line --- is missing")
    head = "\n".join(lines[1:end])
    if len(head) > MAX_HEAD_CHARS:
        raise SkillProblem(f"the head is longer than {MAX_HEAD_CHARS} characters")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(head, loader)  # noqa: S506 - a safe loader, in C where there is one
    except yaml.MarkedYAMLError as error:
        # The head begins in the file's second line.
        line = f" in line {error.problem_mark.line + 2}" if error.problem_mark else ""
        raise SkillProblem(f"the head is no YAML{line}: {error.problem}; put texts with a colon in quotes") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SkillProblem(f"the head is no YAML: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise SkillProblem("the head must be keys and values, name and description among them")
    return found


def _own(head: _Table) -> _Table:
    """``metadata.openclaw``; metadata may be a table or JSON in a text."""
    metadata = head.values.get("metadata")
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except (ValueError, RecursionError):
            raise SkillProblem("metadata: is neither a table nor JSON") from None
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        raise SkillProblem("metadata: must be a table")
    return _Table(metadata, "metadata.").table("openclaw")


def _command_tool(head: _Table) -> str:
    dispatch = head.text("command-dispatch")
    if not dispatch:
        return ""
    if dispatch != "tool":
        raise SkillProblem(f"command-dispatch: {dispatch[:40]!r} is not known; it may be tool")
    if head.text("command-arg-mode") not in ("", "raw"):
        raise SkillProblem("command-arg-mode: it may be raw")
    return head.text("command-tool", required=True)


def _variable(name: str, where: str) -> str:
    if name and not is_plain_variable(name):
        raise SkillProblem(f"{where}: {name[:80]!r} may not be given to commands")
    return name


def _install(own: _Table) -> tuple[InstallOption, ...]:
    options = own.values.get("install") or []
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        raise SkillProblem("metadata.openclaw.install: must be a list of tables")
    return tuple(
        _install_option(_Table(option, f"metadata.openclaw.install[{i}].")) for i, option in enumerate(options)
    )


def _install_option(option: _Table) -> InstallOption:
    kind = option.text("kind", required=True)
    names = ("formula", "package", "module", "url")
    what = next((text for name in names if (text := option.text(name))), "")
    label = option.text("label") or f"Install {what} ({kind})".replace("  ", " ")
    return InstallOption(option.text("id") or kind, kind, label, option.texts("bins"))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of YAML whose values are of the kind that is asked for, or a problem that names the key."""

    values: Mapping[str, Any]
    prefix: str = ""

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.values.get(key)
        if value is None or value == "":
            if required:
                raise SkillProblem(f"{self.prefix}{key}: is missing")
            return ""
        if not isinstance(value, str):
            raise SkillProblem(f"{self.prefix}{key}: must be text; put it in quotes")
        return value.strip()

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise SkillProblem(f"{self.prefix}{key}: must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise SkillProblem(f"{self.prefix}{key}: must be a list of texts")
        return tuple(value)

    def table(self, key: str) -> _Table:
        value = self.values.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise SkillProblem(f"{self.prefix}{key}: must be a table")
        return _Table(value, f"{self.prefix}{key}.")
