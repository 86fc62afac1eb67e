"""Frames as JSON: reading what clients send, writing what they get.

Reading is strict (no NaN, no unknown keys), writing is compact. Lone surrogates, which JSON can smuggle into text,
become U+FFFD on the way in and ``?`` on the way out, so that neither the database nor a socket chokes on them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from openclaw.errors import InvalidRequest, OpenClawError
from web.validation import Anything, Params, Text, problems

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class _RequestSchema(Params):
    type = Text(required=True, one_of=("req",))
    id = Text(required=True, min_length=1)
    method = Text(required=True, min_length=1)
    params = Anything()
    traceparent = Text(max_length=128)
    expectedProfileId = Text()  # noqa: N815  (the wire's name)


_request_schema = _RequestSchema()


@dataclass(frozen=True, slots=True)
class Request:
    """A request frame that is well formed; its parameters have not been looked at."""

    id: str
    method: str
    params: Any


class NotJson(Exception):
    """The text is no JSON."""


class BadFrame(InvalidRequest):
    """The frame is JSON and no request; ``frame_id`` is what the answer must carry."""

    def __init__(self, message: str, frame_id: str) -> None:
        super().__init__(message)
        self.frame_id = frame_id


def read_request(text: str) -> Request:
    """Read a request frame. Raises NotJson, or BadFrame for JSON that is no request."""
    value = parse_json(text)
    complaint = problems(_request_schema, value)
    if complaint:
        raise BadFrame(f"invalid request frame: {complaint}", _id_of(value))
    return Request(value["id"], value["method"], value.get("params"))


def parse_json(text: str) -> Any:
    """Parse JSON text. Raises NotJson."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    # An escaped pair decodes to one character; only half of one stays a surrogate.
    return _mended(value) if _ESCAPED_SURROGATE.search(text) else value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("�", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


def _id_of(value: Any) -> str:
    frame_id = value.get("id") if isinstance(value, dict) else None
    return frame_id if isinstance(frame_id, str) and frame_id else "invalid"


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _encoder.encode(value).encode("utf-8", "replace")


def encode_response(request_id: str, payload: Any) -> bytes:
    return encode({"type": "res", "id": request_id, "ok": True, "payload": payload})


def encode_failure(request_id: str, error: OpenClawError, payload: Any = None) -> bytes:
    """A failed response; some methods send what they know along as ``payload``."""
    frame: dict[str, Any] = {"type": "res", "id": request_id, "ok": False}
    if payload is not None:
        frame["payload"] = payload
    frame["error"] = error_shape(error)
    return encode(frame)


def error_shape(error: OpenClawError) -> dict[str, Any]:
    """The wire's error object."""
    shape: dict[str, Any] = {"code": error.wire_code, "message": str(error) or type(error).__name__}
    if error.details is not None:
        shape["details"] = error.details
    if error.retryable:
        shape["retryable"] = True
    if error.retry_after_seconds is not None:
        shape["retryAfterMs"] = max(0, round(error.retry_after_seconds * 1000))
    return shape


def encode_event_head(event: str, payload: Any, state_version: dict[str, int] | None = None) -> bytes:
    """An event without its end: each connection adds its own ``seq`` and the closing brace."""
    head = b'{"type":"event","event":' + encode(event) + b',"payload":' + encode(payload)
    return head if state_version is None else head + b',"stateVersion":' + encode(state_version)


def with_seq(head: bytes, seq: int) -> bytes:
    return b'%b,"seq":%d}' % (head, seq)
