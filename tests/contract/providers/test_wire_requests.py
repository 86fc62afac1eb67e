"""The exact JSON that a vendor receives, and the headers it comes with."""

from __future__ import annotations

from contextlib import closing

import pytest

from openclaw.providers.openai_compatible import dialects
from openclaw.providers.openai_compatible.dialects import Dialect
from tests.contract.providers.calls import WEATHER, ask, events_of
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.conversation import CONVERSATION, EXPECTED
from tests.contract.providers.families import KEY, open_provider
from tests.wire.openai.server import OpenAIWireServer


def test_a_conversation_with_tools_arrives_as_the_vendor_wants_it(vendor: Vendor) -> None:
    events_of(vendor.provider, ask(*CONVERSATION, max_output_tokens=100, tools=(WEATHER,)))
    (received,) = vendor.server.requests
    assert received.body == EXPECTED[vendor.family.api]
    key = received.headers.get("x-goog-api-key") or received.headers["authorization"].removeprefix("Bearer ")
    assert key == KEY


def test_configured_headers_are_sent(vendor: Vendor) -> None:
    provider = open_provider(vendor.family.api, vendor.base_url, headers={"X-Team": "blue"})
    events_of(provider, ask("hello"))
    provider.close()
    assert vendor.server.requests[0].headers["x-team"] == "blue"


def test_no_tools_and_no_system_prompt_are_left_out(vendor: Vendor) -> None:
    events_of(vendor.provider, ask("hello", system="", tools=()))
    body = vendor.server.requests[0].body
    assert "tools" not in body
    assert {"system", "instructions", "systemInstruction"}.isdisjoint(body)
    said = body.get("messages") or body.get("input") or body["contents"]
    assert [m["role"] for m in said] == ["user"]


def test_where_a_gateway_has_the_key_none_is_sent_but_the_gateways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dialects.BY_HOST, "127.0.0.1", Dialect(key_at_gateway=True))
    with OpenAIWireServer() as server:
        theirs = {"cf-aig-authorization": "Bearer cf-secret"}
        for key in ("", "sk-of-the-vendor"):
            with closing(open_provider("openai-completions", server.base_url, key, theirs)) as provider:
                events_of(provider, ask("hello"))
        first, second = server.requests
    assert ("authorization" in first.headers, first.headers["cf-aig-authorization"]) == (False, "Bearer cf-secret")
    assert second.headers["authorization"] == "Bearer sk-of-the-vendor"
