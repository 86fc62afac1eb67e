"""Lists in a merge-patch, which OpenClaw's protocol guards: a patch made from a part of the configuration must not
drop entries of a list that its author has not seen.

Lists of tables with an ``id`` merge by it. Any other change that would lose entries must name the list's path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.errors import InvalidRequest
from openclaw.settings.config_path import ITEM, written
from openclaw.settings.merge_patch import patched

_Path = tuple[str, ...]


def guarded(patch: Mapping[str, Any], tree: Mapping[str, Any], confirmed: Collection[str]) -> dict[str, Any]:
    """The patch, which hides no credential, with its lists merged by id; ``confirmed`` lists may lose entries.

    Raises InvalidRequest that names all others which would.
    """
    guard = _Guard(frozenset(path.strip() for path in confirmed))
    found = guard.table(patch, tree, ())
    if guard.losing:
        paths = sorted(guard.losing)
        raise InvalidRequest(
            f"the patch would remove entries of {', '.join(paths)}; name them in replacePaths if that is meant",
            details={"code": "LIST_ENTRIES_LOST", "paths": paths},
        )
    return found


def list_paths(value: Any, path: _Path) -> Iterator[str]:
    """The paths of the outermost lists in a value that stands at ``path``."""
    if isinstance(value, list):
        yield written(path)
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from list_paths(below, (*path, name))


@dataclass(slots=True)
class _Guard:
    confirmed: frozenset[str]
    losing: set[str] = field(default_factory=set)

    def table(self, patch: Mapping[str, Any], known: Mapping[str, Any], path: _Path) -> dict[str, Any]:
        return {name: self._value(value, known.get(name), (*path, name)) for name, value in patch.items()}

    def _value(self, value: Any, known: Any, path: _Path) -> Any:
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            return self.table(value, known, path)
        if isinstance(value, list) and isinstance(known, list):
            return self._list(value, known, path)
        self.losing.update(set(list_paths(known, path)) - self.confirmed)
        return value

    def _list(self, value: list[Any], known: list[Any], path: _Path) -> list[Any]:
        if written(path) in self.confirmed:
            return value
        if all(isinstance(item, Mapping) and "id" in item for item in (*value, *known)):
            return self._by_id(value, known, (*path, ITEM))
        if any(one not in value for one in known):
            self.losing.add(written(path))
        return value

    def _by_id(self, value: list[Any], known: list[Any], path: _Path) -> list[Any]:
        patches = {item["id"]: item for item in value}
        kept = [patched(one, self.table(patches.pop(one["id"], {}), one, path)) for one in known]
        return [*kept, *patches.values()]
