"""Slack's requests at the gateway: the account's own address, and the one that all accounts share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.ports.channel import AccountPlace, WebhookRequest
from tests.integration.web.serving import Served
from tests.integration.web.test_gateway_http import fetch
from tests.wire.slack import events
from web.services import ConfiguredAccount

SECTIONS = {
    "connected": {"bot_token": "xoxb-0", "app_token": "xapp-0"},
    "reef": {"bot_token": "xoxb-1", "mode": "http", "signing_secret": "secret-of-reef"},
    "shore": {"bot_token": "xoxb-2", "mode": "http", "signing_secret": "secret-of-shore"},
}


@pytest.fixture
def served(serve: Callable[..., Served]) -> Iterator[Served]:
    plugin = SlackPlugin()
    opened = {
        name: plugin.open_account(name, section, AccountPlace(Path("/nowhere"))) for name, section in SECTIONS.items()
    }
    accounts = [ConfiguredAccount("slack", name, account) for name, account in opened.items()]
    yield serve(accounts=(ConfiguredAccount("slack", "off", None), *accounts))
    for account in opened.values():
        account.close()


def post(served: Served, path: str, call: WebhookRequest) -> tuple[int, bytes]:
    status, _, body = fetch(served.url(path), call.body, dict(call.headers))
    return status, body


@pytest.mark.spec("B1", "C6")
def test_the_shared_address_finds_the_account_by_its_signature(served: Served) -> None:
    callback = events.callback(events.message())
    for secret in ("secret-of-shore", "secret-of-reef"):
        assert post(served, "/slack/events", events.as_json(callback, secret))[0] == 200
    assert [envelope.account for envelope in served.desk.envelopes] == ["shore", "reef"]


@pytest.mark.spec("B1", "C6", "C10")
@pytest.mark.parametrize("path", ["/slack/events", "/webhooks/slack/reef", "/webhooks/slack/connected"])
def test_a_request_that_nobody_signed_is_refused(served: Served, path: str) -> None:
    assert post(served, path, events.as_json(events.callback(events.message()), "forged"))[0] == 401
    assert not served.desk.envelopes


@pytest.mark.parametrize("path", ["/slack/events", "/webhooks/slack/shore"])
def test_a_signed_request_that_cannot_be_read_is_refused_once_and_for_all(served: Served, path: str) -> None:
    assert post(served, path, events.signed(b"{", "secret-of-shore"))[0] == 400


@pytest.mark.spec("C6")
@pytest.mark.parametrize("path", ["/slack/events", "/webhooks/slack/shore"])
def test_each_kind_of_request_gets_the_answer_it_wants(served: Served, path: str) -> None:
    challenge = {"type": "url_verification", "challenge": "abc"}
    assert json.loads(post(served, path, events.as_json(challenge, "secret-of-shore"))[1]) == {"challenge": "abc"}
    press = {"payload": json.dumps(events.press())}
    for form in (events.command(text="hello"), press):
        assert post(served, path, events.as_form(form, "secret-of-shore")) == (200, b"")
    assert [envelope.text for envelope in served.desk.envelopes] == ["hello", "/approve ab yes"]


def test_the_shared_address_takes_only_posts(served: Served) -> None:
    assert fetch(served.url("/slack/events"))[0] in (404, 405)
