"""Reading a request's JSON, and saying what is wrong with it in OpenAI's terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Request
from marshmallow import EXCLUDE, Schema, ValidationError

from web.http.openai.errors import ApiError, invalid
from web.validation import REQUIRED, UNKNOWN, Params
from web.ws.frames import NotJson, parse_json


class Lenient(Params):
    """An object of which only some keys are looked at: clients send back what a vendor has added to it."""

    class Meta:
        unknown = EXCLUDE


def read_json(request: Request) -> dict[str, Any]:
    """The request's object, without its nulls: to OpenAI's clients they mean "not given". Raises ApiError."""
    data = request.get_data(cache=False)
    request.stream.read(1)  # refuses what went on beyond the limit, where no length was announced
    try:
        value = parse_json(data.decode())
    except (NotJson, UnicodeDecodeError):
        raise invalid("We could not parse the JSON body of your request.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise invalid("The body of the request must be a JSON object.", code="invalid_json")
    return {key: item for key, item in value.items() if item is not None}


def load(schema: Schema, value: Any, path: str = "") -> dict[str, Any]:
    """Check a value; the first thing that is wrong with it is raised as ApiError with its path as ``param``."""
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        where, complaint = _first(error.normalized_messages(), path)  # type: ignore[no-untyped-call]
        raise _complain(where, complaint) from None
    return loaded


def refuse(body: Mapping[str, Any], unsupported: Collection[str]) -> None:
    """Refuse fields that change what is asked for and that are not served. Raises ApiError."""
    for name in unsupported:
        if body.get(name):
            raise unsupported_parameter(name)


def unsupported_parameter(name: str, why: str = "is not supported by this gateway") -> ApiError:
    return invalid(f"'{name}' {why}.", name, "unsupported_parameter")


def unsupported_value(param: str, value: object, why: str = "is not supported by this gateway") -> ApiError:
    return invalid(f"{param}: {repr(value)[:100]} {why}.", param, "unsupported_value")


def _first(messages: Mapping[Any, Any], path: str) -> tuple[str, str]:
    key, below = next(iter(messages.items()))
    where = path if key == "_schema" else f"{path}.{key}" if path else str(key)
    if isinstance(below, Mapping):
        return _first(below, where)
    return where, str(below[0])


def _complain(where: str, complaint: str) -> ApiError:
    param = where or None
    if complaint == REQUIRED:
        return invalid(f"Missing required parameter: '{where}'.", param, "missing_required_parameter")
    if complaint == UNKNOWN:
        return invalid(f"Unknown parameter: '{where}'.", param, "unknown_parameter")
    return invalid(f"Invalid value for '{where}': {complaint}." if where else f"The value {complaint}.", param)
