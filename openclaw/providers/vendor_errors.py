"""What a vendor's failure means, in our seven classes. The families add only how to read their SDK's exceptions.

A failure is judged by what is most specific first: its message (a prompt that is too long, an empty account), its
code, its HTTP status, its type. Messages of ours never hold a credential, also when the vendor's do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from openclaw.errors import (
    AuthFailed,
    BadModelRequest,
    BillingFailed,
    ContextOverflow,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)

ErrorClass = type[ProviderError]

BY_STATUS: dict[int, ErrorClass] = {
    400: BadModelRequest,
    401: AuthFailed,
    402: BillingFailed,
    403: AuthFailed,
    404: BadModelRequest,
    408: ProviderTimeout,
    409: Overloaded,
    413: ContextOverflow,
    422: BadModelRequest,
    429: RateLimited,
    504: ProviderTimeout,
    522: ProviderTimeout,
    524: ProviderTimeout,
}

#: Codes and types as vendors write them in the error's JSON.
BY_CODE: dict[str, ErrorClass] = {
    "authentication_error": AuthFailed,
    "invalid_api_key": AuthFailed,
    "invalid_authentication_error": AuthFailed,
    "permission_error": AuthFailed,
    "billing_error": BillingFailed,
    "billing_hard_limit_reached": BillingFailed,
    "exceeded_current_quota_error": BillingFailed,
    "insufficient_quota": BillingFailed,
    "context_length_exceeded": ContextOverflow,
    "exceed_context_size_error": ContextOverflow,
    "request_too_large": ContextOverflow,
    "string_above_max_length": ContextOverflow,
    "engine_overloaded_error": Overloaded,
    "overloaded_error": Overloaded,
    "api_error": Overloaded,
    "internal_server_error": Overloaded,
    "server_error": Overloaded,
    "service_unavailable": Overloaded,
    "throttlingexception": RateLimited,
    "servicequotaexceededexception": RateLimited,
    "accessdeniedexception": AuthFailed,
    "internalserverexception": Overloaded,
    "modelstreamerrorexception": Overloaded,
    "serviceunavailableexception": Overloaded,
    "modeltimeoutexception": ProviderTimeout,
    "validationexception": BadModelRequest,
    "resource_exhausted": RateLimited,
    "unauthenticated": AuthFailed,
    "permission_denied": AuthFailed,
    "unavailable": Overloaded,
    "deadline_exceeded": ProviderTimeout,
    "rate_limit_error": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "rate_limit_reached_error": RateLimited,
    "timeout_error": ProviderTimeout,
    "model_not_found": BadModelRequest,
    "not_found_error": BadModelRequest,
    "invalid_request_error": BadModelRequest,
}

_OVERFLOW = re.compile(
    r"prompt is too long|prompt too long|input is too long|context[ _]length|context window|context size"
    r"|exceeds? (the )?context|maximum prompt length|reduce the length of (the|your) (messages|prompt|input)",
    re.IGNORECASE,
)
_BILLING = re.compile(
    r"credit balance|insufficient (account )?(balance|credits?|funds)|payment required"
    r"|billing hard limit|out of credits",
    re.IGNORECASE,
)
#: Google says so with the status of a malformed request.
_AUTH = re.compile(r"api key not valid|api key expired|invalid api key", re.IGNORECASE)
#: Statuses with which vendors say that a prompt is too long; 0 is an error inside a stream.
_OVERFLOW_STATUSES = frozenset({0, 400, 413, 422, 500})
_BILLING_STATUSES = frozenset({0, 400, 402, 403, 429})
_KEY_SHAPES = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_*.\-]{6,}|Bearer\s+\S+")
_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class VendorFailure:
    """A vendor's error as it was sent. ``status`` is 0 for an error inside a stream."""

    status: int = 0
    code: str = ""
    type: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The wait that the body asks for, in seconds.
    retry_after: float | None = None

    @classmethod
    def read(cls, body: object, status: int = 0, headers: Mapping[str, str] | None = None) -> VendorFailure:
        """Read the usual shapes of an error's JSON: ``{"error": {...}}``, ``{"error": "…"}``, ``{"message": …}``."""
        error: Any = body[0] if isinstance(body, list) and body else body
        if isinstance(error, dict) and error.get("error"):
            error = error["error"]
        if not isinstance(error, dict):
            text = error if isinstance(error, str) and not error.lstrip().startswith("<") else ""
            return cls(status, message=text, headers=headers or {})
        code = str(error.get("code") or "")
        if not status and code.isdecimal():
            status, code = int(code), ""
        message = error.get("message") or error.get("detail") or error.get("msg") or ""
        kind = str(error.get("type") or error.get("status") or "")
        return cls(status, code, kind, str(message), headers or {}, _asked_wait(error.get("details")))


def _asked_wait(details: object) -> float | None:
    """Google's ``RetryInfo``: ``"34.07s"``."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and re.fullmatch(r"\d{1,7}(\.\d+)?s", delay):
            return float(delay[:-1])
    return None


def classify(failure: VendorFailure) -> ErrorClass:
    """Say which of our errors a vendor's failure is."""
    status, code, kind = failure.status, failure.code.lower(), failure.type.lower()
    if status in _OVERFLOW_STATUSES and _OVERFLOW.search(failure.message):
        return ContextOverflow
    if status in _BILLING_STATUSES and _BILLING.search(failure.message):
        return BillingFailed
    if status in (0, 400) and _AUTH.search(failure.message):
        return AuthFailed
    if code in BY_CODE:
        return BY_CODE[code]
    # A type is broader than a status ("invalid_request_error" comes with 401), except where it speaks of money.
    if BY_CODE.get(kind) is BillingFailed:
        return BillingFailed
    if status in BY_STATUS:
        return BY_STATUS[status]
    if kind in BY_CODE and not 400 <= status < 500:  # noqa: PLR2004 - HTTP's classes
        return BY_CODE[kind]
    return BadModelRequest if 400 <= status < 500 else Overloaded  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Redactor:
    """Takes credentials out of texts."""

    secrets: tuple[str, ...]

    @classmethod
    def of(cls, values: Iterable[str]) -> Redactor:
        """Longest first; values too short to be a credential are left alone."""
        return cls(tuple(sorted((v for v in values if len(v) >= 6), key=len, reverse=True)))  # noqa: PLR2004

    def clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return _KEY_SHAPES.sub("***", text)


def to_error(provider: str, failure: VendorFailure, redactor: Redactor) -> ProviderError:
    """Build our error: which provider, what it said, without credentials."""
    text = redactor.clean(failure.message).strip()[:_LONGEST_MESSAGE]
    if not text:
        text = f"HTTP {failure.status}" if failure.status else "an error without a message"
    label = f"{provider}: {text}"
    details = {k: v for k, v in (("code", failure.code), ("type", failure.type)) if v}
    return classify(failure)(
        label,
        http_status=failure.status or None,
        retry_after_seconds=retry_after_seconds(failure.headers) or failure.retry_after,
        details=details or None,
    )


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait a vendor asks for: ``retry-after-ms``, or ``Retry-After`` in seconds or as a date."""
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) / per_second)
        except ValueError:
            pass
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    return None
