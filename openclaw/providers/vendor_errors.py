"""What a vendor's failure means, in our seven classes. The families add only how to read their SDK's exceptions.

A failure is judged by what is most specific first: its message (a prompt that is too long, an empty account), its
code, its HTTP status, its type. Messages of ours never hold a credential, also when the vendor's do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
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
from openclaw.providers.waits import detailed_wait, reset_seconds, retry_after_seconds

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
    # GitHub, for a token of another plan's host.
    421: AuthFailed,
    422: BadModelRequest,
    429: RateLimited,
    # Groq, when its flexible tier is full: https://console.groq.com/docs/flex-processing
    498: Overloaded,
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
    "arrearage": BillingFailed,
    "context_length_exceeded": ContextOverflow,
    "exceed_context_size_error": ContextOverflow,
    "request_too_large": ContextOverflow,
    "string_above_max_length": ContextOverflow,
    "engine_overloaded_error": Overloaded,
    "overloaded_error": Overloaded,
    "capacity_exceeded": Overloaded,
    # The model called a tool wrongly; it may do better when it is asked again: https://console.groq.com/docs/errors
    "tool_use_failed": Overloaded,
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
    "rate_limited": RateLimited,
    "rate_limit_reached_error": RateLimited,
    "timeout_error": ProviderTimeout,
    "model_not_found": BadModelRequest,
    "not_found_error": BadModelRequest,
    "invalid_request_error": BadModelRequest,
}


def _said(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


#: What a message says, with the statuses that vendors have for it; 0 is an error inside a stream.
BY_MESSAGE: tuple[tuple[frozenset[int], re.Pattern[str], ErrorClass], ...] = (
    (
        frozenset({0, 400, 403, 413, 422, 500}),
        _said(
            r"prompt is too long|prompt too long|input is too long|context[ _]length|context window|context size"
            r"|exceeds? (the )?context|maximum prompt length|reduce the length of (the|your) (messages|prompt|input)"
            r"|exceeded model token limit|range of input length should be|tokens`? \+ `?max_new_tokens"
        ),
        ContextOverflow,
    ),
    # DashScope has one code for an account without credit and for too many tokens in a minute.
    (frozenset({0, 429}), _said(r"error-code#token-limit"), RateLimited),
    (
        frozenset({0, 400, 402, 403, 429}),
        _said(
            r"credit balance|insufficient (account )?(balance|credits?|funds)|payment required"
            r"|billing hard limit|out of credits|doesn.t have any credits|used all available credits"
        ),
        BillingFailed,
    ),
    # Google and xAI say so with the status of a malformed request.
    (
        frozenset({0, 400}),
        _said(r"api key not valid|api key expired|(invalid|incorrect) api key"),
        AuthFailed,
    ),
    # It is about this one request, though the status blames the account (OpenRouter), or nobody (LM Studio).
    (
        frozenset({0, 403}),
        _said(r"requires moderation|input was flagged|unexpected endpoint or method"),
        BadModelRequest,
    ),
)
_KEY_SHAPES = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_*.\-]{6,}|Bearer\s+\S+")
_LONGEST_MESSAGE = 600
#: What DeepSeek puts into every error as its code: the status says more.
_ANY_CODE = "invalid_request_error"
_STATUSES = range(100, 600)
#: Types that say more than their status, which is that of a limit.
_LOAD = frozenset({"engine_overloaded_error", "overloaded_error"})


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
        if not status and code.isdecimal() and int(code) in _STATUSES:
            status, code = int(code), ""
        message = _words(error.get("message") or error.get("detail") or error.get("msg") or "")
        kind = str(error.get("type") or error.get("status") or "")
        return cls(status, code, kind, message, headers or {}, detailed_wait(error.get("details")))


def _words(message: object) -> str:
    """A message that may be a list of what is wrong where, as FastAPI has it and Mistral sends it."""
    if isinstance(message, dict):
        where, what = ".".join(str(step) for step in message.get("loc") or ()), message.get("msg")
        return f"{where}: {what}".removeprefix(": ") if what else _words(message.get("detail") or "")
    if isinstance(message, list):
        return "; ".join(_words(each) for each in message)
    return str(message)


def classify(failure: VendorFailure) -> ErrorClass:
    """Say which of our errors a vendor's failure is."""
    status, code, kind = failure.status, failure.code.lower(), failure.type.lower()
    for statuses, words, meant in BY_MESSAGE:
        if status in statuses and words.search(failure.message):
            return meant
    if code in BY_CODE and not (status and code == _ANY_CODE):
        return BY_CODE[code]
    # A type is broader than a status ("invalid_request_error" comes with 401), except where it speaks of money or load.
    if BY_CODE.get(kind) is BillingFailed or kind in _LOAD:
        return BY_CODE[kind]
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
    wait = retry_after_seconds(failure.headers) or failure.retry_after
    if wait is None and failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = reset_seconds(failure.headers)
    return classify(failure)(
        label,
        http_status=failure.status or None,
        retry_after_seconds=wait,
        details=details or None,
    )
