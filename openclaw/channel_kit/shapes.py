"""Reading a platform's JSON: each value has its documented shape, or the whole is Malformed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


class Malformed(ValueError):
    """The JSON does not have the shape that the platform documents. Its text names the place, never a value."""


def json_object(body: bytes | str) -> dict[str, Any]:
    """Parse a body that is a JSON object. Raises Malformed."""
    try:
        data = json.loads(body.decode("utf-8") if isinstance(body, bytes) else body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    return data


def obj(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object that must be there."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise Malformed(f"{key} is not an object")
    return value


def maybe_obj(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object; empty when it is missing or null."""
    return obj(data, key) if data.get(key) is not None else {}


def objects(data: Mapping[str, Any], key: str) -> Sequence[dict[str, Any]]:
    """A list of objects; empty when it is missing or null."""
    value = data.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed(f"{key} is not a list of objects")
    return value


def integer(data: Mapping[str, Any], key: str) -> int:
    """An integer that must be there."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{key} is not an integer")
    return value


def string(data: Mapping[str, Any], key: str) -> str:
    """A string that must be there, without what cannot be stored."""
    value = data.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{key} is not a string")
    return storable(value)


def text(data: Mapping[str, Any], key: str) -> str:
    """A string; empty when it is missing or null."""
    return string(data, key) if data.get(key) is not None else ""


def storable(value: str) -> str:
    """JSON can carry half a surrogate pair and NUL; neither can be stored."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
