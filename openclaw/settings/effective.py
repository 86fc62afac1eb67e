"""Configurations as plain data that may be shown: the one in force with its defaults, all without their credentials."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from openclaw.ports.secrets import Secret
from openclaw.settings.redaction import REDACTED, hidden
from openclaw.settings.schema import Settings


def shown_tree(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A parsed text, as JSON can say it."""
    found = _json(hidden(tree))
    assert isinstance(found, dict)
    return found


def shown_config(settings: Settings, tree: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that holds. Where ``tree``, the parsed text, names a variable, the name is shown and not its value."""
    file = dataclasses.replace(
        settings.file,
        gateway=dataclasses.replace(settings.file.gateway, port=settings.gateway.port),
        flower=dataclasses.replace(settings.file.flower, port=settings.flower.port),
    )
    found: dict[str, Any] = shown_tree(_plain(file, tree))
    return found


def _plain(value: Any, source: Any) -> Any:
    if isinstance(source, str) and "${" in source:
        return source
    if isinstance(value, Secret):
        return REDACTED
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        known = source if isinstance(source, Mapping) else {}
        return {name: _plain(below, known.get(name)) for name, below in value.items() if below is not None}
    if isinstance(value, list | tuple):
        items = source if isinstance(source, list) and len(source) == len(value) else [None] * len(value)
        return [_plain(below, item) for below, item in zip(value, items, strict=True)]
    return str(value) if isinstance(value, StrEnum) else value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_json(below) for below in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
