"""Merge-patches: applied to a TOML text that keeps its comments and layout, and made from two configurations."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from openclaw.errors import InvalidRequest


def merged(text: str, patch: Mapping[str, Any]) -> str:
    """Apply a patch (RFC 7396): null deletes a key, tables merge, everything else replaces.

    Raises InvalidRequest for a patch that holds what TOML cannot.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        _merge(document, patch)
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError) as error:
        raise InvalidRequest(f"the patch cannot be written as TOML: {error}") from error


def patch_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that makes ``after`` of ``before``."""
    patch: dict[str, Any] = dict.fromkeys(name for name in before if name not in after)
    for name, value in after.items():
        there = before.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            if below := patch_between(there, value):
                patch[name] = below
        elif name not in before or not _same(there, value):
            patch[name] = value
    return patch


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to TOML, which tells true from 1 and 1 from 1.0."""
    return bool(one == other) and _kind(one) is _kind(other)


def _kind(value: Any) -> type:
    return next((kind for kind in (bool, float) if isinstance(value, kind)), object)


def patched(tree: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A parsed configuration with a patch applied."""
    found = dict(tree)
    for name, value in patch.items():
        there = found.get(name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            found[name] = patched(there if isinstance(there, Mapping) else {}, value)
        else:
            found[name] = value
    return found


def _merge(table: MutableMapping[str, Any], patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        if value is None:
            table.pop(key, None)
        elif isinstance(value, Mapping):
            below = table.get(key)
            if not isinstance(below, MutableMapping):
                table[key] = {}
                below = table[key]
            _merge(below, value)
        elif not _same(table.get(key), value):  # what does not differ keeps the form it was written in
            table[key] = _without_nulls(value)


def _without_nulls(value: Any) -> Any:
    """Lists replace as a whole; a null inside one has no form in TOML."""
    if isinstance(value, list):
        if any(item is None for item in value):
            raise ValueError("a list may not hold null")
        return [_without_nulls(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_nulls(below) for key, below in value.items() if below is not None}
    return value
