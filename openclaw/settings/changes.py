"""What differs between two configurations, and what each difference asks of a running process.

Every key of the file declares ``live``, ``part`` or ``process`` beside its default (``settings.option``). Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast, get_origin, get_type_hints

from openclaw.settings.file_schema import strip_optional
from openclaw.settings.option import Reload, option_of
from openclaw.settings.schema import ConfigFile

Section = TypeVar("Section")

_STRICTEST_FIRST: tuple[Reload, ...] = ("process", "part", "live")


@dataclass(frozen=True, slots=True)
class Change:
    """One key, or one entry of a table of tables, that differs."""

    path: tuple[str, ...]
    reload: Reload

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


def changes(old: ConfigFile, new: ConfigFile) -> tuple[Change, ...]:
    """Everything that differs, in the order of the file's declaration."""
    return tuple(_differences(old, new, ()))


def keep_process_keys(running: Section, new: Section) -> Section:
    """The new configuration with the running one's values where only a restart can change them.

    A process built its connections, pools and sockets by them: it must not believe that they are others.
    """
    if not (dataclasses.is_dataclass(new) and not isinstance(new, type)):
        return new
    kept: dict[str, Any] = {}
    for field in dataclasses.fields(new):
        ours, theirs = getattr(running, field.name), getattr(new, field.name)
        if dataclasses.is_dataclass(theirs):
            kept[field.name] = keep_process_keys(ours, theirs)
        elif option_of(type(new), field).reload == "process":
            kept[field.name] = ours
    return dataclasses.replace(new, **kept)


def reload_of(path: tuple[str, ...]) -> Reload:
    """What a change at a path asks for; the strictest of what is below it. Raises KeyError for an unknown path."""
    kinds = {reload for found, reload in _declared_keys() if _touches(found, path)}
    for kind in _STRICTEST_FIRST:
        if kind in kinds:
            return kind
    raise KeyError(".".join(path))


@cache
def _declared_keys() -> tuple[tuple[tuple[str, ...], Reload], ...]:
    """Every key of the config file and what a change of it asks for. Made once: it asks every section for its hints."""
    return tuple(_declared(ConfigFile, ()))


def _touches(declared: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether one is a prefix of the other; ``*`` stands for any name."""
    return all(ours in ("*", theirs) for ours, theirs in zip(declared, path, strict=False))


def _declared(cls: type, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Reload]]:
    hints = get_type_hints(cls)
    for field in dataclasses.fields(cls):
        inner, below = strip_optional(hints[field.name]), (*path, field.name)
        if dataclasses.is_dataclass(inner):
            yield from _declared(cast("type", inner), below)
        elif get_origin(inner) is Mapping and dataclasses.is_dataclass(of := inner.__args__[1]):
            yield from _declared(cast("type", of), (*below, "*"))
        else:
            yield below, option_of(cls, field).reload


def _differences(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Change]:
    for field in dataclasses.fields(new):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        below, reload = (*path, field.name), option_of(type(new), field).reload
        if dataclasses.is_dataclass(after) and dataclasses.is_dataclass(before):
            yield from _differences(before, after, below)
        elif isinstance(after, Mapping) and isinstance(before, Mapping):
            yield from _entries(before, after, below, reload)
        else:
            yield Change(below, reload)


def _entries(
    before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...], reload: Reload
) -> Iterator[Change]:
    for name in {**before, **after}:
        ours, theirs = before.get(name), after.get(name)
        if ours == theirs:
            continue
        below = (*path, name)
        if dataclasses.is_dataclass(ours) and dataclasses.is_dataclass(theirs):
            yield from _differences(ours, theirs, below)
        elif isinstance(ours, Mapping) and isinstance(theirs, Mapping) and len(below) < _PART_DEPTH:
            yield from _entries(ours, theirs, below, reload)
        else:
            yield Change(below, reload)


#: ``channels.<channel>.accounts.<account>``: what restarts as one is not looked into.
_PART_DEPTH = 4
