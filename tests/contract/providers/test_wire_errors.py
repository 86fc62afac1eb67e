"""Every refusal of a vendor is one of our seven errors, and none shows a credential."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

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
from tests.contract.providers.calls import ask, events_of, stop_of
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.families import KEY, open_provider
from tests.wire.google import server as google_wire
from tests.wire.google.server import GoogleWireServer
from tests.wire.sse_server import Reply

CASES = [
    (400, "invalid_request_error", "temperature: unknown field", BadModelRequest),
    (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", ContextOverflow),
    (400, "invalid_request_error", "This model's maximum context length is 8192 tokens.", ContextOverflow),
    (400, "invalid_request_error", "Your credit balance is too low to access the API.", BillingFailed),
    (401, "authentication_error", "invalid x-api-key", AuthFailed),
    (402, "billing_error", "Pay first.", BillingFailed),
    (403, "permission_error", "not your model", AuthFailed),
    (404, "not_found_error", "model: nope", BadModelRequest),
    (408, "timeout_error", "too slow", ProviderTimeout),
    (413, "request_too_large", "Request exceeds the maximum size", ContextOverflow),
    (429, "rate_limit_error", "Slow down.", RateLimited),
    (500, "api_error", "Internal server error", Overloaded),
    (502, "api_error", "Bad gateway", Overloaded),
    (503, "api_error", "Unavailable", Overloaded),
    (504, "timeout_error", "Gateway timeout", ProviderTimeout),
    (529, "overloaded_error", "Overloaded", Overloaded),
]


@pytest.mark.parametrize(("status", "kind", "message", "expected"), CASES)
def test_each_refusal_has_its_class(
    vendor: Vendor, status: int, kind: str, message: str, expected: type[ProviderError]
) -> None:
    vendor.server.script(Reply.of_json(vendor.family.error(message, kind), status))
    with pytest.raises(ProviderError) as raised:
        events_of(vendor.provider, ask("hello"))
    assert type(raised.value) is expected
    assert raised.value.http_status == status
    assert message in str(raised.value)
    assert str(raised.value).startswith("acme: ")


@pytest.mark.needs("error kinds")
def test_a_kind_of_error_says_more_than_its_status(vendor: Vendor) -> None:
    body = vendor.family.error("You exceeded your current quota.", "insufficient_quota")
    vendor.server.script(Reply.of_json(body, 429))
    with pytest.raises(BillingFailed):
        events_of(vendor.provider, ask("hello"))


def test_a_refusal_is_not_tried_again(vendor: Vendor) -> None:
    vendor.server.script(Reply.of_json(vendor.family.error("Overloaded", "overloaded_error"), 529))
    with pytest.raises(Overloaded):
        events_of(vendor.provider, ask("hello"))
    assert vendor.server.stats()["requests"] == 1


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "7"}, 7.0), ({"retry-after-ms": "250"}, 0.25), ({}, None)]
)
def test_a_rate_limit_says_when_to_come_back(vendor: Vendor, headers: dict, seconds: float | None) -> None:
    vendor.server.script(Reply.of_json(vendor.family.error("Slow down.", "rate_limit_error"), 429, **headers))
    with pytest.raises(RateLimited) as raised:
        events_of(vendor.provider, ask("hello"))
    assert raised.value.retry_after_seconds == seconds


@pytest.mark.parametrize("body", [b"", b"<html><h1>502</h1></html>", b"upstream went away", b"[]", b"null"])
def test_a_refusal_that_is_no_json_keeps_its_class(vendor: Vendor, body: bytes) -> None:
    vendor.server.script(Reply([body] if body else [], 502, content_type="text/html"))
    with pytest.raises(Overloaded) as raised:
        events_of(vendor.provider, ask("hello"))
    assert "<" not in str(raised.value)


def test_a_credential_in_the_vendors_message_is_not_repeated(vendor: Vendor) -> None:
    message = f"Incorrect API key provided: {KEY}, Bearer {KEY}, or sk-abcd****wxyz; see X-Secret: hunter2hunter2"
    vendor.server.script(Reply.of_json(vendor.family.error(message, "authentication_error"), 401))
    provider = open_provider(vendor.family.api, vendor.base_url, headers={"X-Secret": "hunter2hunter2"})
    with pytest.raises(AuthFailed) as raised:
        events_of(provider, ask("hello"))
    provider.close()
    shown = f"{raised.value} {raised.value.details} {raised.value.__cause__}"
    assert KEY not in shown
    assert "wxyz" not in shown
    assert "hunter2" not in shown
    assert raised.value.__suppress_context__


def test_a_vendor_that_cannot_be_reached_is_a_timeout(vendor: Vendor) -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))  # bound and not listening: refused
        provider = open_provider(vendor.family.api, f"http://127.0.0.1:{placeholder.getsockname()[1]}")
        with pytest.raises(ProviderTimeout):
            events_of(provider, ask("hello"))
        provider.close()


def test_a_vendor_that_does_not_take_the_connection_is_a_timeout(vendor: Vendor) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        provider = open_provider(vendor.family.api, f"http://127.0.0.1:{full.getsockname()[1]}")
        with pytest.raises(ProviderTimeout):
            events_of(provider, ask("hello", connect_timeout_seconds=0.2, idle_timeout_seconds=0.2))
        provider.close()
        for filler in fillers:
            filler.close()


def test_gemini_says_in_its_body_how_long_to_wait_and_that_a_key_is_wrong() -> None:
    with GoogleWireServer() as server, closing(open_provider("google-generative-ai", server.base_url)) as provider:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
        server.script(Reply.of_json(google_wire.error_body("Slow down.", 429, details=[wait]), 429))
        with pytest.raises(RateLimited) as limited:
            events_of(provider, ask("hello"))
        assert limited.value.retry_after_seconds == 34.5
        server.script(
            Reply.of_json([google_wire.error_body("API key not valid. Please pass a valid API key.", 400)], 400)
        )
        with pytest.raises(AuthFailed):
            events_of(provider, ask("hello"))
        server.script(Reply([google_wire.event({"promptFeedback": {"blockReason": "SAFETY"}})]))
        assert stop_of(events_of(provider, ask("hello"))) == "refusal"
