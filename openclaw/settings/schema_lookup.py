"""One place of the config schema: what may stand there, what a change takes, and what is below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from openclaw.errors import InvalidRequest
from openclaw.settings.changes import reload_of
from openclaw.settings.config_path import ANY, ITEM, ConfigPath, parse_path, written
from openclaw.settings.file_schema import nearest
from openclaw.settings.json_schema import Json, config_schema
from openclaw.settings.option import Reload
from openclaw.settings.redaction import is_secret_key

#: OpenClaw's words for what a change does.
ReloadKind = Literal["restart", "hot", "none"]
RELOAD_KINDS: Mapping[Reload, ReloadKind] = {"process": "restart", "part": "hot", "live": "none"}

_BELOW = frozenset({"properties", "items", "additionalProperties", "$schema"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A place, as it was asked for and as hints name it."""

    node: Json
    path: ConfigPath
    hint_path: ConfigPath
    required: bool = False

    @property
    def is_list(self) -> bool:
        return self.node.get("type") == "array"

    @property
    def has_children(self) -> bool:
        return bool(self.node.get("properties")) or self.node.get("additionalProperties", False) is not False


def lookup(text: str) -> dict[str, Any]:
    """What OpenClaw's ``config.schema.lookup`` answers for a path. Raises InvalidRequest for an unknown one."""
    place = _find(parse_path(text))
    shallow = {key: value for key, value in place.node.items() if key not in _BELOW}
    if place.is_list:
        shallow["items"] = {key: value for key, value in place.node["items"].items() if key not in _BELOW}
    return {
        "path": written(place.path) or ".",
        "schema": shallow,
        **_about(place),
        "children": [_child(child) for child in _children(place)],
    }


def type_at(path: ConfigPath) -> str:
    """The JSON type of what may stand at a path; empty where everything may. Raises InvalidRequest."""
    kind = _find(path).node.get("type", "")
    return str(kind) if isinstance(kind, str) else ""


def _find(path: ConfigPath) -> _Place:
    place = _Place(config_schema().schema, (), ())
    for step in path:
        place = _step(place, step)
    return place


def _step(place: _Place, step: str | int) -> _Place:
    path = (*place.path, step)
    if place.is_list:
        if step in (ITEM, ANY) or str(step).isdigit():
            return _Place(place.node["items"], path, (*place.hint_path, ITEM))
        raise InvalidRequest(f"config path not found: {written(path)}; {written(place.path)} is a list")
    name, properties = str(step), place.node.get("properties", {})
    if name in properties:
        required = name in place.node.get("required", ())
        return _Place(properties[name], path, (*place.hint_path, name), required)
    others = place.node.get("additionalProperties", False)
    if others is False:
        close = nearest(name, tuple(properties))
        advice = f'did you mean "{close}"?' if close else "`openclaw config schema` lists the keys"
        raise InvalidRequest(f"config path not found: {written(path)}; {advice}")
    # Under a key that nobody declared, anything may stand.
    node = others if isinstance(others, dict) else {"additionalProperties": True}
    return _Place(node, path, (*place.hint_path, ANY if isinstance(others, dict) else name))


def _children(place: _Place) -> Iterator[_Place]:
    if place.is_list:
        yield _step(place, ITEM)
    for name in place.node.get("properties", {}):
        yield _step(place, name)
    if isinstance(place.node.get("additionalProperties"), dict):
        yield _step(place, ANY)


def _child(place: _Place) -> dict[str, Any]:
    kind = place.node.get("type")
    return {
        "key": ANY if place.path[-1] == ITEM else str(place.path[-1]),
        "path": written(place.path),
        **({"type": kind} if kind else {}),
        "required": place.required,
        "hasChildren": place.has_children or place.is_list,
        **_about(place),
    }


def _about(place: _Place) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if place.path:
        found["reloadKind"] = RELOAD_KINDS[reload_of(tuple(str(step) for step in place.path))]
    hint_path = written(place.hint_path)
    hint = config_schema().hints.get(hint_path)
    if hint is None and place.path and place.has_children and is_secret_key(str(place.path[-1])):
        hint = {"sensitive": True}
    if hint is not None:
        found |= {"hint": hint, "hintPath": hint_path}
    return found
