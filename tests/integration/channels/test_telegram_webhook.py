"""The webhook as Telegram is told it, and what a probe finds out about it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.telegram.limits import ALLOWED_UPDATES
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.ports.channel import AccountPlace, Probe
from tests.wire.telegram.server import BotApiServer, Fault
from web.services import ConfiguredAccount
from web.webhook_registration import WAITS_SECONDS, register_webhooks

TOKEN = "8123456:AAF-very_secret_token"
URL = "https://bot.example.org/webhooks/telegram/default"
pytestmark = pytest.mark.spec("C1")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def opened(server: BotApiServer) -> Iterator[Any]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {"token": TOKEN, "webhook_secret": "hook", "api_base": server.url, "webhook_url": URL} | changes
        section = {key: value for key, value in section.items() if value is not None}
        accounts.append(TelegramPlugin().open_account("default", section, AccountPlace(Path("/nowhere"))))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


def registered(account: Any) -> list[float]:
    """Register as a gateway does; what it waited in between."""
    waited: list[float] = []
    register_webhooks([ConfiguredAccount("telegram", "default", account)], waited.append)
    for thread in threading.enumerate():
        if thread.name == "webhooks":
            thread.join(10)
    return waited


def test_telegram_is_told_the_address_the_secret_and_the_kinds_of_updates(server, opened):
    server.webhook["pending_update_count"] = 3
    for _ in range(2):
        opened().register_webhook()
    assert server.calls("setWebhook")[0] == {
        "url": URL,
        "secret_token": "hook",
        "allowed_updates": list(ALLOWED_UPDATES),
    }
    # What waits is never dropped, however often it is told.
    assert (server.webhook["url"], server.webhook["pending_update_count"]) == (URL, 3)


@pytest.mark.parametrize("changes", [{"webhook_url": None}, {"mode": "poll", "webhook_url": None}])
def test_an_account_without_an_address_tells_nothing(server, opened, changes):
    opened(**changes).register_webhook()
    assert server.calls("setWebhook") == []


def test_the_gateway_says_it_again_when_telegram_asks_to_wait(server, opened):
    server.fail(Fault("rate-limit", retry_after=4, method="setWebhook"))
    server.fail(Fault("refuse", code=502, description="Bad Gateway", method="setWebhook"))
    assert registered(opened()) == [4, WAITS_SECONDS[1]]
    assert server.webhook["url"] == URL


def test_what_telegram_refuses_for_good_is_said_once_and_logged(server, opened, caplog):
    description = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    server.fail(Fault("refuse", description=description, method="setWebhook"))
    assert registered(opened()) == []
    assert "the webhook of telegram/default was not registered" in caplog.text
    assert "An HTTPS URL must be provided" in caplog.text
    assert len(server.calls("setWebhook")) == 1


def test_a_platform_that_stays_away_is_given_up(opened, server, caplog):
    account = opened()
    server.stop()
    assert registered(account) == list(WAITS_SECONDS)
    assert "was not registered" in caplog.text


def test_a_probe_names_the_bot(server, opened):
    account = opened()
    account.register_webhook()
    assert account.probe(5) == Probe(ok=True, identity="@local_bot")


@pytest.mark.parametrize(
    ("info", "error"),
    [
        ({"url": ""}, "no webhook"),
        ({"url": "https://elsewhere.example"}, "another webhook: https://elsewhere.example"),
        (
            {"url": URL, "pending_update_count": 7, "last_error_message": "Connection timed out"},
            "7 updates wait: Connection timed out",
        ),
    ],
)
def test_a_probe_tells_why_updates_do_not_arrive(server, opened, info, error):
    server.webhook |= info
    probe = opened().probe(5)
    assert (probe.ok, probe.identity) == (False, "@local_bot")
    assert error in probe.error


def test_a_failure_that_left_nothing_waiting_is_over(server, opened):
    server.webhook |= {"url": URL, "last_error_message": "Connection timed out"}
    assert opened().probe(5).ok


def test_a_bot_that_polls_needs_no_webhook(opened):
    assert opened(mode="poll", webhook_url=None).probe(5) == Probe(ok=True, identity="@local_bot")


def test_a_probe_of_a_wrong_token_shows_no_token(server, opened):
    server.token = "another"
    probe = opened().probe(5)
    assert not probe.ok
    assert "401" in probe.error
    assert "very_secret" not in probe.error
