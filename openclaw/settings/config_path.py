"""Paths into the configuration as people write them: ``agents.main.model``, ``bindings[0].agent``, ``a."b.c"``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from openclaw.errors import InvalidRequest

#: A name, or the index of a list's item.
ConfigPath = tuple[str | int, ...]

#: Any name in a table, any item of a list.
ANY, ITEM = "*", "[]"
_STEP = re.compile(r"""(?P<name>"[^"]+"|'[^']+'|[^.\[\]"'/]+) | \[(?P<index>\d+)\] | (?P<any>\[\*?\])""", re.VERBOSE)
_SEPARATORS = "./"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_*-]+")


def parse_path(text: str) -> ConfigPath:
    """Read a path; dots or slashes part its steps, the whole configuration is empty. Raises InvalidRequest."""
    steps: list[str | int] = []
    rest = text.strip().strip(_SEPARATORS)
    while rest:
        found = _STEP.match(rest)
        if found is None:
            raise InvalidRequest(f"{text!r} is no path; write it as agents.main.model or bindings[0].agent")
        steps.append(_step(found))
        rest = rest[found.end() :]
        if rest[:1] in _SEPARATORS and rest[1:]:
            rest = rest[1:]
    return tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["index"]:
        return int(found["index"])
    return ITEM if found["any"] else found["name"].strip("\"'")


def written(path: Iterable[str | int]) -> str:
    """A path as it is shown and can be read again."""
    text = ""
    for step in path:
        if isinstance(step, int) or step == ITEM:
            text += f"[{step}]" if isinstance(step, int) else ITEM
        else:
            name = step if _PLAIN_NAME.fullmatch(step) else f'"{step}"'
            text += f".{name}" if text else name
    return text


def value_at(tree: Any, path: ConfigPath) -> Any:
    """What stands at a path of a parsed configuration; ``None`` for nothing."""
    for step in path:
        if isinstance(tree, dict):
            tree = tree.get(str(step))
        elif isinstance(tree, list) and str(step).isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree
