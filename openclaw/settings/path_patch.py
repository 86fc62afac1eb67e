"""The merge-patch that changes one value. Merge-patches replace lists whole, so an index needs the list as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openclaw.errors import InvalidRequest
from openclaw.settings.config_path import ConfigPath, written
from openclaw.settings.list_guard import list_paths
from openclaw.settings.merge_patch import patched


def patch_at(tree: Mapping[str, Any], path: ConfigPath, value: Any) -> dict[str, Any]:
    """The patch that puts a value at a path, or takes it out for ``None``. Raises InvalidRequest for a wrong index."""
    if not path:
        raise InvalidRequest("name the value by its path, such as agents.main.model")
    return _in_table(tree, path, value, ())


def touched_lists(patch: Mapping[str, Any], tree: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of the lists that a patch replaces or takes out."""
    for name, value in patch.items():
        known = tree.get(name) if isinstance(tree, Mapping) else None
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            yield from touched_lists(value, known, (*path, name))
        else:
            yield from list_paths(known, (*path, name))


def _in_table(table: Any, path: ConfigPath, value: Any, above: ConfigPath) -> dict[str, Any]:
    name, rest = str(path[0]), path[1:]
    below = table.get(name) if isinstance(table, Mapping) else None
    if not rest:
        return {name: value}
    if isinstance(below, list):
        return {name: _in_list(below, rest, value, (*above, name))}
    return {name: _in_table(below, rest, value, (*above, name))}


def _in_list(items: list[Any], path: ConfigPath, value: Any, above: ConfigPath) -> list[Any]:
    rest, index = path[1:], int(path[0]) if str(path[0]).isdigit() else -1
    if not 0 <= index < len(items) + (value is not None and not rest):
        raise InvalidRequest(f"{written(above)} is a list of {len(items)}; {path[0]} is no index of it")
    if not rest:
        return [*items[:index], *([] if value is None else [value]), *items[index + 1 :]]
    item, place = items[index], (*above, index)
    if isinstance(item, list):
        changed: Any = _in_list(item, rest, value, place)
    else:
        table = item if isinstance(item, Mapping) else {}
        changed = patched(table, _in_table(table, rest, value, place))
    return [*items[:index], changed, *items[index + 1 :]]
