"""Marshmallow schemas made from the section dataclasses, and the problems they find, in people's words.

Owns strictness: TOML has real types, so nothing is converted ("8" is not a number), and unknown keys are errors.
Messages never repeat a value that could be a credential.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from openclaw.ports.secrets import Secret
from openclaw.settings.option import Option, option_of

T = TypeVar("T")
Path = tuple[str | int, ...]

_UNKNOWN = "unknown key"
_EXPECTED = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_FOUND = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration, and where."""

    path: Path
    message: str
    suggestion: str | None = None

    @property
    def dotted(self) -> str:
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


def validate(cls: type[T], data: Mapping[str, Any]) -> tuple[T | None, list[Problem]]:
    """Read ``data`` as a section; either the section or all that is wrong with it."""
    try:
        return cast("T", schema_of(cls)().load(data)), []
    except ValidationError as error:
        return None, list(_problems(error.messages, cls, ()))


_schemas: dict[type, type[Schema]] = {}


def schema_of(cls: type) -> type[Schema]:
    """The schema of a section dataclass, made once."""
    if cls not in _schemas:
        _schemas[cls] = _make_schema(cls)
    return _schemas[cls]


def _make_schema(cls: type) -> type[Schema]:
    hints = get_type_hints(cls)
    members: dict[str, Any] = {
        field.name: _field(hints[field.name], option_of(cls, field), required=_is_required(field))
        for field in dataclasses.fields(cls)
    }
    return type(f"{cls.__name__}Schema", (_SectionSchema,), {"section": cls, **members})


class _SectionSchema(Schema):
    section: type

    error_messages = {"unknown": _UNKNOWN, "type": "expected a table"}  # noqa: RUF012 - marshmallow's own form

    class Meta:
        unknown = RAISE

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return self.section(**data)


class _Exactly(fields.Field[Any]):
    """A TOML scalar of one type, unconverted."""

    def __init__(self, expected: type, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.expected = expected

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        accepted = (int, float) if self.expected is float else (self.expected,)
        if not isinstance(value, accepted) or (isinstance(value, bool) and self.expected is not bool):
            raise ValidationError(f"expected {_EXPECTED[self.expected]}, found {_FOUND.get(type(value), 'a date')}")
        return value


class _SecretText(_Exactly):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Secret:
        return Secret(super()._deserialize(value, attr, data, **kwargs))


class _Choice(_Exactly):
    def __init__(self, choices: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(str, **kwargs)
        self.choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> StrEnum:
        text = super()._deserialize(value, attr, data, **kwargs)
        _one_of(tuple(self.choices))(text)
        return self.choices(text)


class _Tuple(fields.List[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


def _field(hint: Any, option: Option, *, required: bool) -> fields.Field[Any]:
    inner = strip_optional(hint)
    facts: dict[str, Any] = {"required": required, "error_messages": {"required": "is missing"}}
    if inner in _EXPECTED:
        return _Exactly(inner, validate=_checks(option), **facts)
    if inner is Secret:
        return _SecretText(str, **facts)
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return _Choice(inner, **facts)
    if dataclasses.is_dataclass(inner):
        return fields.Nested(schema_of(cast("type", inner)), **facts)
    facts["error_messages"] = {"invalid": "expected a list", **facts["error_messages"]}
    if get_origin(inner) is tuple:
        return _Tuple(_field(get_args(inner)[0], option, required=True), **facts)
    if get_origin(inner) is Mapping:
        facts["error_messages"]["invalid"] = "expected a table"
        of = get_args(inner)[1]
        values = fields.Raw() if of is Any else _field(of, option, required=True)
        return fields.Dict(keys=fields.String(), values=values, **facts)
    raise TypeError(f"no field for {hint}")


def _checks(option: Option) -> list[Callable[[Any], None]]:
    checks: list[Callable[[Any], None]] = []
    if option.minimum is not None or option.maximum is not None:
        checks.append(_between(option.minimum, option.maximum))
    if option.one_of:
        checks.append(_one_of(option.one_of))
    if option.pattern:
        checks.append(_matching(option.pattern, option.pattern_says))
    if option.form == "url":
        checks.append(_web_address)
    if option.form == "regex":
        checks.append(_expression)
    if option.form == "model":
        checks.append(_matching(r"[^/\s]+/\S+", "provider/model"))
    return checks


def _between(minimum: float | None, maximum: float | None) -> Callable[[float], None]:
    def check(value: float) -> None:
        if minimum is not None and value < minimum:
            raise ValidationError(f"{value} is too small, the least is {minimum}")
        if maximum is not None and value > maximum:
            raise ValidationError(f"{value} is too large, the most is {maximum}")

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value not in choices:
            raise ValidationError(f"expected one of {', '.join(choices)}, found {value!r}{_hint(value, choices)}")

    return check


def _matching(pattern: str, says: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValidationError(f"expected {says}, found {value!r}")

    return check


def _web_address(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError("expected an http:// or https:// address")


def _expression(value: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise ValidationError(f"{value!r} is no regular expression: {error}") from None


def strip_optional(hint: Any) -> Any:
    """``T`` for ``T | None``."""
    if get_origin(hint) in (types.UnionType, Union):
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that looks most like ``name``."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return found[0] if found else None


def _hint(name: str, known: tuple[str, ...]) -> str:
    found = nearest(name, known)
    return f'; did you mean "{found}"?' if found else ""


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _problems(messages: Any, hint: Any, path: Path) -> list[Problem]:
    """Flatten marshmallow's nested messages, walking the types along."""
    if isinstance(messages, list):
        return [_problem(str(message), hint, path) for message in messages]
    inner = strip_optional(hint)
    found: list[Problem] = []
    for key, below in messages.items():
        if key == "_schema":
            found += _problems(below, None, path)
        elif get_origin(inner) is Mapping:
            found += _problems(below.get("value", below.get("key")), get_args(inner)[1], (*path, key))
        elif get_origin(inner) is tuple:
            found += _problems(below, get_args(inner)[0], (*path, key))
        else:
            hints = get_type_hints(cast("type", inner))
            if key in hints:
                found += _problems(below, hints[key], (*path, key))
            else:
                found.append(_unknown((*path, key), tuple(hints)))
    return found


def _problem(message: str, hint: Any, path: Path) -> Problem:
    return Problem(path, message if hint is not None or message else "is not usable")


def _unknown(path: Path, known: tuple[str, ...]) -> Problem:
    close = nearest(str(path[-1]), known)
    advice = f'did you mean "{close}"?' if close else f"known here: {', '.join(known)}"
    return Problem(path, f"{_UNKNOWN}; {advice}", suggestion=close)
