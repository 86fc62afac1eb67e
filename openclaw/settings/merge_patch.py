"""RFC 7396 merge-patch over a TOML text that keeps its comments and layout."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from openclaw.errors import InvalidRequest


def merged(text: str, patch: Mapping[str, Any]) -> str:
    """Apply a patch: null deletes a key, tables merge, everything else replaces.

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
        else:
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
