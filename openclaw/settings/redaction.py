"""Hiding credentials in a config file that is shown, and putting them back into one that is sent in again."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, MutableSequence
from typing import Any

from openclaw.errors import InvalidRequest

#: Stands for a credential on the wire (OpenClaw's word); a text that comes back with it keeps the value it had.
REDACTED = "__OPENCLAW_REDACTED__"

#: Keys whose values are credentials wherever they stand; a channel's own names are covered by their endings.
_SECRET = re.compile(r"(^|_)(token|secret|password|key|auth|url)$")
_PLAIN = frozenset({"base_url", "session_key", "default_session_key", "request_session_key"})
_REFERENCE = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")
#: Tables all of whose values are credentials.
_SECRET_TABLES = frozenset({"headers"})


def is_secret(key: str, value: Any) -> bool:
    """Whether a value is a credential; a reference such as ``${TOKEN}`` is none."""
    if not isinstance(value, str) or _REFERENCE.fullmatch(value):
        return False
    return key not in _PLAIN and _SECRET.search(key) is not None


def hidden(value: Any, key: str = "", stars: str = REDACTED) -> Any:
    """A copy of a parsed config with its credentials hidden."""
    if isinstance(value, dict):
        if key in _SECRET_TABLES:
            return dict.fromkeys(value, stars)
        return {name: hidden(below, name, stars) for name, below in value.items()}
    if isinstance(value, list):
        return [hidden(below, key, stars) for below in value]
    return stars if is_secret(key, value) else value


def hide_in_text(text: str) -> str:
    """A config text with its credentials hidden, comments and layout kept. The text must be valid TOML."""
    import tomlkit

    document = tomlkit.parse(text)
    for table, name, value, below_secret in _values(document, "", inside=False):
        key = name if isinstance(name, str) else ""
        if isinstance(value, str) and (below_secret or is_secret(key, value)) and not _REFERENCE.fullmatch(value):
            table[name] = REDACTED
    return tomlkit.dumps(document)


def restore_in_text(text: str, known: Any) -> str:
    """Put the values that ``known``, the parsed config in force, has in the place of ``REDACTED``.

    Raises InvalidRequest where it has none.
    """
    if REDACTED not in text:
        return text
    import tomlkit

    document = tomlkit.parse(text)
    _restore(document, known, "")
    return tomlkit.dumps(document)


def _restore(node: Any, known: Any, path: str) -> None:
    for name, value in list(_items(node)):
        place = f"{path}.{name}" if path else str(name)
        there = _at(known, name)
        if value == REDACTED:
            if not isinstance(there, str):
                raise InvalidRequest(f"{place}: a hidden credential stands where none was; write the value itself")
            node[name] = there
        elif isinstance(value, MutableMapping | MutableSequence):
            _restore(value, there, place)


def _values(node: Any, key: str, *, inside: bool) -> Iterator[tuple[Any, Any, Any, bool]]:
    for name, value in list(_items(node)):
        own = name if isinstance(name, str) else key
        if isinstance(value, MutableMapping | MutableSequence):
            yield from _values(value, own, inside=own in _SECRET_TABLES)
        else:
            yield node, name, value, inside


def _items(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.items() if isinstance(node, MutableMapping) else enumerate(node))


def _at(node: Any, name: Any) -> Any:
    if isinstance(node, dict):
        return node.get(name)
    if isinstance(node, list) and isinstance(name, int) and name < len(node):
        return node[name]
    return None
