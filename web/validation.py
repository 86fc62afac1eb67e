"""Strict JSON fields whose complaints read as OpenClaw's do: ``at /limit: must be integer``.

JSON types are never coerced: ``"5"`` is no integer and ``1`` no boolean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

#: Complaints that are said in other words, depending on who asks.
REQUIRED = "\0required"
UNKNOWN = "\0unknown"


class _StrictField(fields.Field[Any]):
    kind = "string"

    def __init__(self, *, required: bool = False, nullable: bool = False) -> None:
        super().__init__(
            required=required,
            allow_none=nullable,
            error_messages={"required": REQUIRED, "null": f"must be {self.kind}"},
        )

    def _deserialize(self, value: Any, *_place: Any, **_options: Any) -> Any:
        complaint = self.complaint(value)
        if complaint:
            raise ValidationError(complaint)
        return value

    def complaint(self, value: Any) -> str:
        """What is wrong with a value; empty when nothing is."""
        raise NotImplementedError


class Text(_StrictField):
    def __init__(
        self,
        *,
        required: bool = False,
        min_length: int = 0,
        max_length: int = 0,
        one_of: Collection[str] = (),
        nullable: bool = False,
    ) -> None:
        super().__init__(required=required, nullable=nullable)
        self._min, self._max, self._one_of = min_length, max_length, one_of

    def complaint(self, value: Any) -> str:
        if not isinstance(value, str):
            return "must be string"
        if self._one_of and value not in self._one_of:
            return "must be equal to one of the allowed values"
        if len(value) < self._min:
            return f"must NOT have fewer than {self._min} characters"
        if self._max and len(value) > self._max:
            return f"must NOT have more than {self._max} characters"
        return ""


class Whole(_StrictField):
    kind = "integer"

    def __init__(self, *, required: bool = False, minimum: int = 0, maximum: int | None = None) -> None:
        super().__init__(required=required)
        self._min, self._max = minimum, maximum

    def complaint(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be integer"
        if value < self._min:
            return f"must be >= {self._min}"
        if self._max is not None and value > self._max:
            return f"must be <= {self._max}"
        return ""


class Number(_StrictField):
    kind = "number"

    def __init__(self, *, required: bool = False, minimum: float, maximum: float) -> None:
        super().__init__(required=required)
        self._min, self._max = minimum, maximum

    def complaint(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be number"
        if value < self._min:
            return f"must be >= {self._min:g}"
        # Written so that what is no number at all is refused too.
        return "" if value <= self._max else f"must be <= {self._max:g}"


class Flag(_StrictField):
    kind = "boolean"

    def complaint(self, value: Any) -> str:
        return "" if isinstance(value, bool) else "must be boolean"


class Listing(_StrictField):
    """A list whose items are not looked at, or are all non-empty strings."""

    kind = "array"

    def __init__(self, *, required: bool = False, of_text: bool = False, nullable: bool = False) -> None:
        super().__init__(required=required, nullable=nullable)
        self._of_text = of_text

    def complaint(self, value: Any) -> str:
        if not isinstance(value, list):
            return "must be array"
        if self._of_text and not all(isinstance(item, str) and item for item in value):
            return "items must be non-empty strings"
        return ""


class OneOf(_StrictField):
    """One of some values of different types."""

    def __init__(self, values: Iterable[str | bool]) -> None:
        super().__init__()
        self._values = {(type(value), value) for value in values}

    def complaint(self, value: Any) -> str:
        known = isinstance(value, str | bool) and (type(value), value) in self._values
        return "" if known else "must be equal to one of the allowed values"


class Anything(_StrictField):
    """A value this gateway does not look at."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(required=required, nullable=True)

    def complaint(self, _value: Any) -> str:
        return ""


class Params(Schema):
    """The parameters of a request; unknown ones are refused."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": UNKNOWN, "type": "must be object"}  # noqa: RUF012  (marshmallow's way)


class Nested(fields.Nested):
    """An object inside the parameters."""

    def __init__(self, schema: type[Params], *, required: bool = False) -> None:
        super().__init__(schema, required=required, error_messages={"required": REQUIRED, "null": "must be object"})


class NoParams(Params):
    """Methods that take nothing."""


def accepting(schema: type[Params], names: Iterable[str]) -> Params:
    """A schema that also lets parameters through whose values only the handler looks at."""
    found: Params = type(schema.__name__, (schema,), {name: Anything() for name in names})()
    return found


def problems(schema: Schema, value: Any) -> str:
    """Everything that is wrong with a value, in one line; empty when it fits."""
    try:
        schema.load(value)
    except ValidationError as error:
        messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        return "; ".join(_lines(messages, ""))
    return ""


def _lines(messages: Mapping[Any, Any], path: str) -> Iterator[str]:
    """One line per problem; of the properties that an object lacks only the first is named."""
    missing = [key for key, found in messages.items() if found == [REQUIRED]]
    for key, found in messages.items():
        if key in missing[1:]:
            continue
        if key == "_schema":
            yield from (f"at {path}: {text}" if path else text for text in found)
        elif isinstance(found, Mapping):
            yield from _lines(found, f"{path}/{key}")
        else:
            yield from (_line(str(text), str(key), path) for text in found)


def _line(text: str, key: str, path: str) -> str:
    if text == REQUIRED:
        complaint = f"must have required property '{key}'"
        return f"at {path}: {complaint}" if path else complaint
    if text == UNKNOWN:
        return f"at {path or 'root'}: unexpected property '{key}'"
    return f"at {path}/{key}: {text}"
