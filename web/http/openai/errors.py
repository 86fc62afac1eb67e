"""What went wrong, in OpenAI's shape: its clients raise the exception that goes with the status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from openclaw.domain.run import RunStatus
from openclaw.errors import Busy, ConfigError, Forbidden, InvalidRequest, NotFound, OpenClawError, Unavailable
from web.http.access import HttpRefused
from web.ws.run_end import RunEnd
from web.ws.terminal import error_text

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, MISSING, CONFLICT, TOO_LARGE = 400, 401, 403, 404, 409, 413
TOO_MANY, INTERNAL, BAD_GATEWAY, UNAVAILABLE, TIMEOUT = 429, 500, 502, 503, 504
INVALID, SERVER = "invalid_request_error", "server_error"

#: Type and code by status, where nothing more is known.
_BY_STATUS: Mapping[int, tuple[str, str]] = {
    BAD_REQUEST: (INVALID, "invalid_request"),
    UNAUTHORIZED: (INVALID, "invalid_api_key"),
    FORBIDDEN: (INVALID, "insufficient_permissions"),
    MISSING: (INVALID, "not_found"),
    CONFLICT: (SERVER, "conflict"),
    TOO_LARGE: (INVALID, "request_too_large"),
    TOO_MANY: ("rate_limit_error", "rate_limit_exceeded"),
    INTERNAL: (SERVER, "server_error"),
    BAD_GATEWAY: (SERVER, "model_provider_failed"),
    UNAVAILABLE: (SERVER, "service_unavailable"),
    TIMEOUT: (SERVER, "timeout"),
}
#: Seconds after which to come back, where nobody said.
_RETRY_SECONDS = {TOO_MANY: 5.0, UNAVAILABLE: 5.0}

#: What a failed run's reason means to whoever asked: status and code. A vendor that refuses *our* credentials is not
#: the caller's 401.
_BY_REASON: Mapping[str, tuple[int, str]] = {
    "rate_limit": (TOO_MANY, "rate_limit_exceeded"),
    "overloaded": (UNAVAILABLE, "model_overloaded"),
    "timeout": (TIMEOUT, "model_timeout"),
    "auth": (BAD_GATEWAY, "model_provider_auth"),
    "billing": (BAD_GATEWAY, "model_provider_billing"),
    "context_overflow": (BAD_REQUEST, "context_length_exceeded"),
    "bad_request": (BAD_REQUEST, "model_refused_request"),
}
_FINAL_REASONS = frozenset({"auth", "billing"})


class ApiError(Exception):
    """The request is answered with this. ``final`` tells clients that trying again cannot help."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        param: str | None = None,
        retry_after_seconds: float | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type, usual_code = _BY_STATUS[status]
        self.code = code or usual_code
        self.param = param
        self.retry_after_seconds = retry_after_seconds or _RETRY_SECONDS.get(status)
        self.final = final

    def body(self) -> dict[str, Any]:
        return {"error": {"message": str(self), "type": self.type, "param": self.param, "code": self.code}}

    def headers(self) -> dict[str, str]:
        found = {}
        if self.retry_after_seconds is not None:
            found["Retry-After"] = str(max(1, math.ceil(self.retry_after_seconds)))
        if self.status == UNAUTHORIZED:
            found["WWW-Authenticate"] = 'Bearer realm="openclaw"'
        if self.final:
            found["x-should-retry"] = "false"  # OpenAI's clients heed it
        return found

    def response(self) -> tuple[Response, int, dict[str, str]]:
        return jsonify(self.body()), self.status, self.headers()


def invalid(message: str, param: str | None = None, code: str = "") -> ApiError:
    """The request is malformed, or asks for what is not served."""
    return ApiError(BAD_REQUEST, message, param=param, code=code)


def of_refusal(refused: HttpRefused) -> ApiError:
    """A caller who is not let in."""
    message = "Incorrect API key provided." if refused.status == UNAUTHORIZED else str(refused)
    return ApiError(refused.status, message, retry_after_seconds=refused.retry_after_seconds)


def of_error(error: OpenClawError) -> ApiError:
    """An error of ours on the way to the run."""
    match error:
        case Busy():
            return ApiError(TOO_MANY, str(error), retry_after_seconds=error.retry_after_seconds)
        case Unavailable():
            return ApiError(UNAVAILABLE, str(error), retry_after_seconds=error.retry_after_seconds)
        case InvalidRequest() | ConfigError():
            return ApiError(BAD_REQUEST, str(error))
        case NotFound():
            return ApiError(MISSING, str(error))
        case Forbidden():
            return ApiError(FORBIDDEN, str(error))
    return ApiError(INTERNAL, "The request could not be carried out.")


def of_reason(reason: str, message: str, retry_after_seconds: float | None = None) -> ApiError:
    """A model vendor's failure, by its reason."""
    status, code = _BY_REASON.get(reason, (INTERNAL, "server_error"))
    final = reason in _FINAL_REASONS
    return ApiError(status, message, code=code, retry_after_seconds=retry_after_seconds, final=final)


def of_end(end: RunEnd) -> ApiError:
    """A run that did not succeed."""
    if end.status is RunStatus.ABORTED:
        return ApiError(CONFLICT, error_text(end), code="run_aborted", final=True)
    return of_reason(end.error_kind, error_text(end))
