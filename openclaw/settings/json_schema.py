"""The declarations of the config file as a JSON schema, and what forms and help texts say about each key.

Made once per process. Hints are keyed by path: ``*`` stands for any name in a table, ``[]`` for any item of a list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from openclaw.ports.secrets import Secret
from openclaw.settings.config_path import ANY, ITEM, ConfigPath, written
from openclaw.settings.file_schema import strip_optional
from openclaw.settings.option import Option, option_of
from openclaw.settings.redaction import is_secret_table
from openclaw.settings.schema import ConfigFile

Json = dict[str, Any]

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", Secret: "string"}
_FORMS: Mapping[str, Json] = {
    "url": {"format": "uri", "pattern": r"^https?://\S+$"},
    "model": {"pattern": r"^[^/\s]+/\S+$"},
}
#: Tables for which a bare text may stand (``load`` knows what it means).
_SHORT_FORMS = frozenset({("messages", "queue", "by_channel", ANY)})
_UNITS = frozenset({"ms", "seconds", "bytes"})
_ACRONYMS = frozenset({"api", "dm", "dms", "id", "ip", "qr", "ssh", "tls", "ttl", "url"})


@dataclass(frozen=True, slots=True)
class ConfigSchema:
    """``hints`` are OpenClaw's ``uiHints``."""

    schema: Json
    hints: Mapping[str, Json]


@cache
def config_schema() -> ConfigSchema:
    """The schema of the whole file. Not to be changed by who gets it."""
    builder = _Builder({})
    schema = builder.section(ConfigFile, (), ConfigFile())
    return ConfigSchema(
        {"$schema": "http://json-schema.org/draft-07/schema#", "title": "OpenClaw", **schema}, builder.hints
    )


@dataclass(slots=True)
class _Builder:
    hints: dict[str, Json]

    def section(self, cls: type, path: ConfigPath, default: Any) -> Json:
        """A table of declared keys; ``default`` is what stands there when it is left out."""
        hints, properties, required = get_type_hints(cls), {}, []
        for order, field in enumerate(dataclasses.fields(cls)):
            option, below = option_of(cls, field), (*path, field.name)
            inner = strip_optional(hints[field.name])
            own = getattr(default, field.name) if default is not None else _default(field)
            self.hints[written(below)] = dict(_hint(field.name, option, order, below, sensitive=inner is Secret))
            properties[field.name] = {"title": _label(field.name), "description": option.meaning} | self._value(
                inner, option, below, own
            )
            if own is dataclasses.MISSING:
                required.append(field.name)
        found: Json = {"type": "object", "properties": properties, "additionalProperties": False}
        if path in _SHORT_FORMS:
            found["type"] = ["object", "string"]
        return found | ({"required": required} if required else {})

    def _value(self, inner: Any, option: Option, path: ConfigPath, default: Any) -> Json:
        if dataclasses.is_dataclass(inner):
            return self.section(cast("type", inner), path, default if dataclasses.is_dataclass(default) else None)
        if get_origin(inner) is Mapping:
            return self._table(get_args(inner)[1], option, path)
        if get_origin(inner) is tuple:
            items = self._value(get_args(inner)[0], option, (*path, ITEM), None)
            return {"type": "array", "items": items} | _shown_default(option, default)
        return _scalar(inner, option) | _shown_default(option, default)

    def _table(self, of: Any, option: Option, path: ConfigPath) -> Json:
        if of is Any:
            return {"type": "object", "additionalProperties": self._free(path)}
        values = self._value(of, option, (*path, ANY), None)
        if is_secret_table(str(path[-1])):
            self.hints[written((*path, ANY))] = {"sensitive": True}
        return {"type": "object", "additionalProperties": values}

    @staticmethod
    def _free(path: ConfigPath) -> Json:
        """What a channel checks itself: ``channels.<channel>.accounts.<account>``."""
        account: Json = {"type": "object", "additionalProperties": True}
        accounts: Json = {"type": "object", "additionalProperties": account}
        return {
            "type": "object",
            "title": "Channel",
            "description": f"Accounts by name; their keys are the channel's own ({written((*path, ANY))}.accounts.*).",
            "properties": {"accounts": {"title": "Accounts", **accounts}},
            "additionalProperties": False,
        }


def _scalar(inner: Any, option: Option) -> Json:
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return {"type": "string", "enum": [str(choice) for choice in inner]}
    found: Json = {"type": _TYPES[inner]}
    if option.one_of:
        found["enum"] = list(option.one_of)
    if option.minimum is not None:
        found["minimum"] = option.minimum
    if option.maximum is not None:
        found["maximum"] = option.maximum
    if option.pattern:
        found["pattern"] = f"^(?:{option.pattern})$"
    return found | _FORMS.get(option.form, {})


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _shown_default(option: Option, default: Any) -> Json:
    """A default that is the same in every installation and says something."""
    if option.default_says or default is dataclasses.MISSING or default in (None, "", ()):
        return {}
    return {"default": list(default) if isinstance(default, tuple) else default}


def _hint(name: str, option: Option, order: int, path: ConfigPath, *, sensitive: bool) -> Iterator[tuple[str, Any]]:
    yield "label", _label(name)
    yield "help", option.meaning
    yield "order", order
    yield "group", _label(str(path[0]))
    if sensitive:
        yield "sensitive", True
    if option.default_says:
        yield "placeholder", option.default_says.replace("`", "")
    if option.reload == "process":
        # What only a restart can change is no daily business.
        yield "advanced", True


def _label(name: str) -> str:
    """A key in words: ``debounce_ms`` is "Debounce (ms)"."""
    words = name.split("_")
    unit = f" ({words.pop()})" if len(words) > 1 and words[-1] in _UNITS else ""
    shown = [word.upper() if word in _ACRONYMS else word for word in words]
    return (shown[0][:1].upper() + shown[0][1:] + "".join(f" {word}" for word in shown[1:])) + unit
