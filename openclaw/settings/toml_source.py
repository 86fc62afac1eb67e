"""A TOML file with the line of each key, ``${VAR}`` expanded, and every problem placed.

``tomllib`` forgets where keys stood, so :func:`key_lines` finds them again by a scan of headers and assignments.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openclaw.errors import ConfigError

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(?P<keys>[^\]#]+?)\s*\]")
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_ASSIGNMENT = re.compile(rf"^\s*(?P<keys>{_WORD}(?:\s*\.\s*{_WORD})*)\s*=")
_KEY = re.compile(_WORD)
_AT_LINE = re.compile(r"\bline (\d+)")
_VARIABLE = re.compile(r"\$?\$\{(?:([A-Z_][A-Z0-9_]*)|(file|command):([^{}\s]*))\}")

#: Finds what a reference of a kind and a name stands for. Raises ConfigError.
Resolve = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class TomlSource:
    """What a config file says. ``tree`` is expanded and may hold credentials."""

    path: Path
    tree: dict[str, Any] = field(repr=False)
    lines: Mapping[KeyPath, int]

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_toml(path: Path) -> TomlSource:
    """Read and parse a file, variables unexpanded. Raises ConfigError naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return parse_toml(path, text)


def parse_toml(path: Path, text: str) -> TomlSource:
    """Parse a text that is, or was, in the file. Raises ConfigError naming file and line."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        problem = {"path": "", "message": f"not valid TOML: {error}", "line": int(place[1]) if place else None}
        raise ConfigError(f"{path}: not valid TOML: {error}", details={"problems": [problem]}) from error
    return TomlSource(path, tree, key_lines(text))


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map the path of every table and key to its line, counted from 1; keys of inline tables share a line."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if (header := _HEADER.match(line)) and not _ASSIGNMENT.match(line):
            keys = _split(header["keys"])
            table = _place(keys, counts, is_array=header[1] == "[[")
            _note(lines, table, number)
        elif assignment := _ASSIGNMENT.match(line):
            _note(lines, (*table, *_split(assignment["keys"])), number)
        for opener in ('"""', "'''"):
            if line.count(opener) % 2:
                quote = opener
    return lines


def expand(
    tree: Any, variables: Mapping[str, str], resolve: Resolve
) -> tuple[Any, set[str], list[tuple[KeyPath, str]]]:
    """Replace ``${VAR}``, ``${file:NAME}`` and ``${command:NAME}`` in all texts; ``$${`` stands for a literal ``${``.

    Gives the new tree, the variables it names, and (path, message) pairs for what stands for nothing.
    """
    named: set[str] = set()
    problems: list[tuple[KeyPath, str]] = []

    def walk(node: Any, path: KeyPath) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, (*path, index)) for index, value in enumerate(node)]
        return _VARIABLE.sub(lambda match: replace(match, path), node) if isinstance(node, str) else node

    def replace(match: re.Match[str], path: KeyPath) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        if match[2]:
            try:
                return resolve(match[2], match[3])
            except ConfigError as error:
                problems.append((path, f"{match[0]} {error}"))
                return match[0]
        name = match[1]
        named.add(name)
        if not variables.get(name):
            problems.append((path, f"{match[0]} is not set; set {name}, or write ${match[0]} for the text itself"))
            return match[0]
        return variables[name]

    return walk(tree, ()), named, problems


def _note(lines: dict[KeyPath, int], path: KeyPath, number: int) -> None:
    """Note where a key stands, and the tables that it is the first to mention."""
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)


def _split(keys: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _KEY.findall(keys))


def _place(keys: tuple[str, ...], counts: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    """The path of a header, with the index of each array of tables on the way."""
    path: KeyPath = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if is_array and position == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
