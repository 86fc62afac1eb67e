"""Slack's HTTP requests: signatures are checked as Slack's own SDK checks them, and each kind is answered as it wants."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.errors import WebhookRejected
from openclaw.ports.channel import AccountPlace, WebhookAnswer, WebhookRequest
from tests.wire.slack import events
from tests.wire.slack.server import BOT_TOKEN, Fault, SlackServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture(scope="module")
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def account(server: SlackServer) -> Iterator[Any]:
    section = {"bot_token": BOT_TOKEN, "mode": "http", "signing_secret": SECRET, "api_base": server.url}
    opened = SlackPlugin().open_account("default", section, AccountPlace(Path("/nowhere")))
    yield opened
    opened.close()


@pytest.mark.spec("C6", "C10")
def test_the_address_is_verified_by_its_challenge(account):
    asked = {
        "type": "url_verification",
        "token": "old",
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    }
    received = account.receive(events.as_json(asked, SECRET))
    assert json.loads(received.answer.body) == {"challenge": asked["challenge"]}
    assert received.envelopes == ()


@pytest.mark.spec("C6", "C10")
def test_a_message_that_is_sent_again_is_the_same_event(account):
    request = events.as_json(events.callback(events.message()), SECRET)
    again = replace(
        request, headers={**request.headers, "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
    )
    (first,), (second,) = account.receive(request).envelopes, account.receive(again).envelopes
    assert first.event_id == second.event_id


@pytest.mark.parametrize(
    ("request_of", "text"),
    [
        (lambda: events.as_form(events.command(), SECRET), "/status"),
        (lambda: events.as_form({"payload": json.dumps(events.press())}, SECRET), "/approve ab yes"),
    ],
)
def test_commands_and_presses_are_answered_with_nothing_that_would_be_shown(account, request_of, text):
    received = account.receive(request_of())
    assert [envelope.text for envelope in received.envelopes] == [text]
    assert received.answer == WebhookAnswer("", "text/plain")


@pytest.mark.parametrize(
    "request_of",
    [
        lambda: events.as_json({"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1}, SECRET),
        lambda: events.as_json(events.callback({"type": "team_join", "user": {"id": "U1"}}), SECRET),
        lambda: events.as_form({"ssl_check": "1", "token": "old"}, SECRET),
        lambda: events.as_form({"payload": json.dumps({"type": "shortcut"})}, SECRET),
    ],
)
def test_what_is_no_message_is_taken_and_gives_none(account, request_of):
    assert account.receive(request_of()).envelopes == ()


@pytest.mark.parametrize("data", [{}, {"payload": "{"}, {"payload": "[]"}, {"command": "/x"}])
def test_a_form_that_cannot_be_read_is_refused(account, data):
    with pytest.raises(WebhookRejected) as raised:
        account.receive(events.as_form(data, SECRET))
    assert raised.value.http_status == 400


@pytest.mark.spec("C10")
def test_the_sdk_takes_our_signatures_and_we_take_its(account):
    body = json.dumps(events.callback(events.message())).encode()
    ours = events.signed(body, SECRET)
    assert SignatureVerifier(SECRET).is_valid_request(body, dict(ours.headers))
    now = str(int(time.time()))
    theirs = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": theirs, "content-type": "application/json"}
    assert account.receive(WebhookRequest(headers, body, {})).envelopes


def _changed(request: WebhookRequest, **headers: str) -> WebhookRequest:
    return replace(
        request, headers={**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


BODY = json.dumps(events.callback(events.message())).encode()
SIGNATURE, TIMESTAMP = "x_slack_signature", "x_slack_request_timestamp"
FORGED = {
    "another secret": lambda: events.signed(BODY, "another"),
    "another body": lambda: replace(events.signed(BODY, SECRET), body=BODY.replace(b"Hi", b"Ho")),
    "too old": lambda: events.signed(BODY, SECRET, at=time.time() - 310),
    "of the future": lambda: events.signed(BODY, SECRET, at=time.time() + 310),
    "another time": lambda: _changed(events.signed(BODY, SECRET), **{TIMESTAMP: str(int(time.time()) - 100)}),
    "no time": lambda: _changed(events.signed(BODY, SECRET), **{TIMESTAMP: ""}),
    "a time that is none": lambda: _changed(events.signed(BODY, SECRET), **{TIMESTAMP: "now"}),
    "a time of foreign digits": lambda: _changed(
        events.signed(BODY, SECRET), **{TIMESTAMP: "\u0661\u0667\u0660\u0660"}
    ),
    "a time without end": lambda: _changed(events.signed(BODY, SECRET), **{TIMESTAMP: "9" * 5000}),
    "no signature": lambda: _changed(events.signed(BODY, SECRET), **{SIGNATURE: ""}),
    "a signature in another alphabet": lambda: _changed(events.signed(BODY, SECRET), **{SIGNATURE: "v0=é"}),
    "another version": lambda: _changed(
        events.signed(BODY, SECRET),
        **{SIGNATURE: events.signed(BODY, SECRET).headers["x-slack-signature"].replace("v0", "v1")},
    ),
}


@pytest.mark.spec("C10")
@pytest.mark.parametrize("forged", FORGED)
def test_a_request_that_slack_did_not_just_sign_is_refused(account, forged):
    with pytest.raises(WebhookRejected) as raised:
        account.receive(FORGED[forged]())
    assert raised.value.http_status == 401


def test_an_event_that_does_not_say_who_the_bot_is_makes_us_ask_once(server, account):
    before = len(server.calls("auth.test"))
    said = events.in_channel(text="<@U0BOTBOT1> hi")
    for number in range(3):
        request = events.as_json(events.callback(said, f"Ev{number}", authorizations=[]), SECRET)
        (envelope,) = account.receive(request).envelopes
        assert envelope.mentioned is True
    assert len(server.calls("auth.test")) == before + 1


def test_when_slack_cannot_be_asked_who_the_bot_is_the_event_is_wanted_again(server, account):
    server.fail(Fault("status", "auth.test", status=503))
    request = events.as_json(events.callback(events.message(), authorizations=[]), SECRET)
    with pytest.raises(WebhookRejected) as raised:
        account.receive(request)
    assert raised.value.http_status == 503
    assert account.receive(request).envelopes
