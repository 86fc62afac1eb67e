"""The table from vendors' failures to our errors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openclaw.errors import (
    AuthFailed,
    BadModelRequest,
    BillingFailed,
    ContextOverflow,
    Overloaded,
    ProviderTimeout,
    RateLimited,
)
from openclaw.providers.vendor_errors import (
    BY_CODE,
    BY_STATUS,
    Redactor,
    VendorFailure,
    classify,
    to_error,
)
from openclaw.providers.waits import reset_seconds, retry_after_seconds

NO_SECRETS = Redactor(())


@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_a_status_alone_decides(status: int) -> None:
    assert classify(VendorFailure(status)) is BY_STATUS[status]


@pytest.mark.parametrize("kind", sorted(BY_CODE))
def test_inside_a_stream_the_type_or_code_decides(kind: str) -> None:
    assert classify(VendorFailure(type=kind)) is BY_CODE[kind]
    assert classify(VendorFailure(code=kind)) is BY_CODE[kind]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (VendorFailure(418), BadModelRequest),
        (VendorFailure(500), Overloaded),
        (VendorFailure(529), Overloaded),
        (VendorFailure(), Overloaded),
        (VendorFailure(401, "invalid_api_key", "invalid_request_error"), AuthFailed),
        (VendorFailure(400, type="invalid_request_error"), BadModelRequest),
        (VendorFailure(404, "model_not_found", "invalid_request_error"), BadModelRequest),
        (VendorFailure(429, "insufficient_quota", "insufficient_quota"), BillingFailed),
        (VendorFailure(429, "", "exceeded_current_quota_error", "not enough balance"), BillingFailed),
        (VendorFailure(402, message="Insufficient Balance"), BillingFailed),
        (VendorFailure(403, message="insufficient credits"), BillingFailed),
        (VendorFailure(400, "context_length_exceeded"), ContextOverflow),
        (VendorFailure(400, message="Please reduce the length of the messages or completion."), ContextOverflow),
        (
            VendorFailure(400, message="input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"),
            ContextOverflow,
        ),
        (VendorFailure(400, message="the request exceeds the available context size"), ContextOverflow),
        # Too many tokens per minute is no overflow: a shorter history does not help.
        (VendorFailure(429, message="Request too large, tokens per min; context window"), RateLimited),
        # Some vendors use this sentence for requests per minute.
        (VendorFailure(429, message="You exceeded your current quota, please check your plan."), RateLimited),
        (VendorFailure(504, type="api_error"), ProviderTimeout),
        (VendorFailure(429, type="engine_overloaded_error"), Overloaded),
        (VendorFailure(401, "invalid_request_error", "authentication_error"), AuthFailed),
        (VendorFailure(403, message="x/y requires moderation. Your input was flagged"), BadModelRequest),
    ],
)
def test_what_is_more_specific_wins(failure: VendorFailure, expected: type) -> None:
    assert classify(failure) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"error": {"code": "c", "type": "t", "message": "m"}},
            VendorFailure(code="c", type="t", message="m"),
        ),
        ({"type": "error", "error": {"type": "t", "message": "m"}}, VendorFailure(type="t", message="m")),
        ({"code": "c", "message": "m"}, VendorFailure(code="c", message="m")),
        ([{"error": {"message": "m"}}], VendorFailure(message="m")),
        ([], VendorFailure()),
        ({"error": "just words"}, VendorFailure(message="just words")),
        ({"detail": "m"}, VendorFailure(message="m")),
        ({"error": {"code": 429, "message": "m"}}, VendorFailure(429, message="m")),
        ({"message": "m", "code": "3505"}, VendorFailure(code="3505", message="m")),
        ({"message": {"detail": [{"loc": ["body", 1], "msg": "m"}]}}, VendorFailure(message="body.1: m")),
        ({"detail": [{"loc": [], "msg": "m"}, {"msg": "n"}]}, VendorFailure(message="m; n")),
        ({"message": {"more": 1}}, VendorFailure()),
        ("plain", VendorFailure(message="plain")),
        ("<html>page</html>", VendorFailure()),
        (None, VendorFailure()),
        (7, VendorFailure()),
    ],
)
def test_the_usual_shapes_are_read(body: object, expected: VendorFailure) -> None:
    assert VendorFailure.read(body) == expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT"}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_seconds_milliseconds_or_a_date(headers: dict, seconds: float | None) -> None:
    now = datetime(2026, 10, 21, 7, 28, 0, tzinfo=UTC)
    assert retry_after_seconds(headers, now) == seconds


@pytest.mark.parametrize(
    ("requests", "tokens", "seconds"),
    [
        (("0", "2m59.5s"), ("17", "7.66s"), 179.5),
        (("14000", "2m59.5s"), ("0", "7.66s"), 7.66),
        (("0", "1s"), ("0", "12ms"), 1.0),
        (("0", "1h0m2s"), ("9", ""), 3602.0),
        (("0", "tomorrow"), ("0", ""), None),
        (("9", "1s"), ("9", "1s"), None),
    ],
)
def test_what_is_used_up_says_when_it_is_there_again(requests: tuple, tokens: tuple, seconds: float | None) -> None:
    headers = {
        f"x-ratelimit-{which}-{what}": value
        for what, values in (("requests", requests), ("tokens", tokens))
        for which, value in zip(("remaining", "reset"), values, strict=True)
    }
    assert reset_seconds(headers) == seconds
    assert to_error("acme", VendorFailure(429, headers=headers), NO_SECRETS).retry_after_seconds == seconds
    assert to_error("acme", VendorFailure(400, headers=headers), NO_SECRETS).retry_after_seconds is None


def test_an_error_names_provider_status_and_details() -> None:
    error = to_error("acme", VendorFailure(429, "c", "t", "Slow down.", {"retry-after": "2"}), NO_SECRETS)
    assert (str(error), error.http_status, error.retry_after_seconds) == ("acme: Slow down.", 429, 2.0)
    assert error.details == {"code": "c", "type": "t"}


def test_an_error_without_words_shows_its_status() -> None:
    assert str(to_error("acme", VendorFailure(502), NO_SECRETS)) == "acme: HTTP 502"


def test_long_messages_are_cut() -> None:
    assert len(str(to_error("acme", VendorFailure(400, message="x" * 10_000), NO_SECRETS))) < 700


def test_credentials_are_taken_out() -> None:
    redactor = Redactor.of(["topsecret", "topsecret-longer", "abc"])
    text = redactor.clean("topsecret-longer topsecret abc sk-proj-abc123456 Bearer xyz key-ABCDEF123")
    assert text == "*** *** abc *** *** ***"
