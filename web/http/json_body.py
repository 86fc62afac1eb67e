"""Reading a JSON object from a request's body, bounded."""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from web.ws.frames import NotJson, parse_json

BAD_REQUEST, TOO_LARGE, WRONG_TYPE = 400, 413, 415


class BadBody(Exception):
    """The body cannot be taken; ``status`` is what to answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_object(request: Request, max_bytes: int) -> dict[str, Any]:
    """The object in the body. Raises BadBody."""
    if not (request.mimetype == "application/json" or request.mimetype.endswith("+json")):
        raise BadBody(WRONG_TYPE, "the body must be JSON, with Content-Type: application/json")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadBody(WRONG_TYPE, "the body must not be compressed")
    request.max_content_length = max_bytes
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise BadBody(TOO_LARGE, f"the body is larger than {max_bytes} bytes") from None
    try:
        value = parse_json(body.decode())
    except (UnicodeDecodeError, NotJson):
        raise BadBody(BAD_REQUEST, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise BadBody(BAD_REQUEST, "the body must be a JSON object")
    return value
