"""Hiding credentials in a config that is shown, and putting them back into one that is sent in again.

What counts as a credential is told by its key, or by a password inside an address. Keys are matched by their endings,
since the sections of channels are not declared here: hiding too much is harmless, it comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

from openclaw.errors import InvalidRequest

#: Stands for a credential on the wire (OpenClaw's word); a text that comes back with it keeps the value it had.
REDACTED = "__OPENCLAW_REDACTED__"

_ENDINGS = (
    "token|secret|password|passwd|passphrase|pin|key|auth|credential|cookie|jwt|bearer|dsn|connection_string|url|proxy"
    "|service_account"
)
_SECRET = re.compile(rf"(^|_)({_ENDINGS})$")
#: Their plurals: lists of texts. A number under such a key is a count.
_SECRETS = re.compile(rf"(^|_)({_ENDINGS})s$")
_PLAIN = frozenset({"base_url", "public_url", "session_key", "default_session_key", "request_session_key"})
#: Tables all of whose values are credentials.
_SECRET_TABLES = frozenset({"headers", "env"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = re.compile(r"\$\{(?:[A-Z_][A-Z0-9_]*|(?:file|command):[^{}\s]*)\}")
_PASSWORD_IN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*@")


def is_secret_key(key: str) -> bool:
    """Whether a text under this key is a credential."""
    name = _snake(key)
    return name not in _PLAIN and (_SECRET.search(name) or _SECRETS.search(name)) is not None


def _snake(key: str) -> str:
    return _HUMP.sub("_", key).replace("-", "_").lower()


def is_secret_table(key: str) -> bool:
    """Whether all texts in the table of this name are credentials."""
    return key in _SECRET_TABLES


def is_secret(key: str, value: Any) -> bool:
    """Whether a value is a credential; a reference such as ``${TOKEN}`` is none."""
    if isinstance(value, str):
        return _can_be_secret(value) and (is_secret_key(key) or _PASSWORD_IN_URL.search(value) is not None)
    return _can_be_secret(value) and is_secret_key(key) and not _SECRETS.search(_snake(key))


def _can_be_secret(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not _REFERENCE.fullmatch(value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def hidden(value: Any, key: str = "", stars: str = REDACTED, *, inside: bool = False) -> Any:
    """A copy of a parsed config with its credentials hidden; ``inside`` a table of nothing else."""
    if isinstance(value, Mapping):
        inside = inside or key in _SECRET_TABLES
        return {name: hidden(below, name, stars, inside=inside) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(below, key, stars, inside=inside) for below in value]
    return stars if is_secret(key, value) or (inside and _can_be_secret(value)) else value


def hide_in(node: Any, key: str = "", *, inside: bool = False) -> None:
    """Hide the credentials of a parsed document in their places, so that it keeps its layout."""
    inside = inside or key in _SECRET_TABLES
    for name, value in list(_items(node)):
        own = name if isinstance(name, str) else key
        if isinstance(value, MutableMapping | MutableSequence):
            hide_in(value, own, inside=inside)
        elif is_secret(own, value) or (inside and _can_be_secret(value)):
            node[name] = REDACTED


def restore_in(node: Any, known: Any, path: str = "") -> None:
    """Put the values that ``known``, the parsed config in force, has in the places of ``REDACTED``.

    Raises InvalidRequest where it has none, or where it cannot be told which one is meant.
    """
    if isinstance(node, MutableSequence):
        found: Mapping[Any, Any] = dict(enumerate(_counterparts(node, known)))
    else:
        found = known if isinstance(known, Mapping) else {}
    for name, value in list(_items(node)):
        place = f"{path}.{name}" if path else str(name)
        there = found.get(name)
        if value == REDACTED:
            if not _can_be_secret(there):
                raise InvalidRequest(f"{place}: a hidden credential stands where none was; write the value itself")
            node[name] = there
        elif isinstance(value, MutableMapping | MutableSequence):
            restore_in(value, there, place)


def _counterparts(items: Sequence[Any], known: Any) -> list[Any]:
    """For each item of a list the known one that it was, ``None`` where that cannot be told."""
    if not isinstance(known, list):
        return [None] * len(items)
    if not any(isinstance(item, Mapping) for item in items):
        # Hidden texts look all the same: they are told apart by their order, if none is missing.
        missing = [one for one in known if one not in items]
        rest = iter(missing if sum(item == REDACTED for item in items) == len(missing) else ())
        return [next(rest, None) if item == REDACTED else None for item in items]
    return [_counterpart(item, index, items, known) for index, item in enumerate(items)]


def _counterpart(item: Any, index: int, items: Sequence[Any], known: list[Any]) -> Any:
    same = [one for one in known if hidden(one) == item] or [
        one for one in known if isinstance(one, dict) and isinstance(item, Mapping) and _named_alike(one, item)
    ]
    if len(same) == 1:
        return same[0]
    return known[index] if len(items) == len(known) else None


def _named_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(name in one and one[name] == other.get(name) for name in ("id", "name"))


def _items(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.items() if isinstance(node, MutableMapping) else enumerate(node))
