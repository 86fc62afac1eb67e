"""A Telegram account's section is checked before the bot is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.channels.telegram.config import load_config
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.errors import ConfigError, WebhookRejected
from openclaw.ports.channel import AccountPlace, WebhookRequest
from openclaw.ports.secrets import Secret
from tests.wire.telegram import updates

SECTION = {"token": "7:a-b_c", "webhook_secret": "s3cret"}


def test_the_defaults():
    config = load_config("default", SECTION)
    assert config.api_base == "https://api.telegram.org"
    assert config.mode == "webhook"


def test_secrets_may_have_been_resolved_already():
    config = load_config("default", {"token": Secret("7:abc"), "webhook_secret": Secret("s3cret")})
    assert config.token.reveal() == "7:abc"


def test_a_slash_at_the_end_of_the_address_is_no_part_of_it():
    assert load_config("d", SECTION | {"api_base": "http://localhost:8081/"}).api_base == "http://localhost:8081"


@pytest.mark.parametrize(("misspelt", "meant"), [("tokn", "token"), ("dm_polcy", "dm_policy"), ("api_url", "api_base")])
def test_an_unknown_key_names_the_nearest(misspelt, meant):
    with pytest.raises(ConfigError, match=rf"channels\.telegram\.accounts\.main: unknown key '{misspelt}'.*'{meant}'"):
        load_config("main", SECTION | {misspelt: "x"})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"token": ""}, "token"),
        ({"token": "7:abc/../evil"}, "token"),
        ({"token": 7}, "token"),
        ({"webhook_secret": None}, "webhook_secret"),
        ({"webhook_secret": ""}, "webhook_secret"),
        ({"webhook_secret": "with space"}, "webhook_secret"),
        ({"mode": "carrier-pigeon"}, "mode"),
        ({"api_base": "ftp://x"}, "api_base"),
        ({"api_base": "not a url"}, "api_base"),
        ({"read_timeout_seconds": 0}, "read_timeout_seconds"),
        ({"proxy": "socks://x"}, "proxy"),
    ],
)
def test_a_wrong_value_names_its_key_and_shows_no_secret(change, key):
    with pytest.raises(ConfigError) as raised:
        load_config("main", SECTION | change)
    assert f"channels.telegram.accounts.main.{key}:" in str(raised.value)
    assert "7:" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_the_token_is_required():
    with pytest.raises(ConfigError, match="token"):
        load_config("main", {"webhook_secret": "s"})


def test_poll_mode_needs_no_webhook_secret_takes_no_webhooks_and_keeps_a_connection():
    place = AccountPlace(Path("/nowhere"))
    account = TelegramPlugin().open_account("default", {"token": "7:abc", "mode": "poll"}, place)
    with pytest.raises(WebhookRejected):
        account.receive(WebhookRequest({}, updates.body(updates.message()), {}))
    assert (account.keeps_connection, account.sends_over_connection) == (True, False)
    account.close()


def test_an_address_for_webhooks_makes_no_sense_for_a_bot_that_polls():
    assert load_config("d", SECTION | {"webhook_url": "https://a.example/hook"}).webhook_url == "https://a.example/hook"
    with pytest.raises(ConfigError, match="webhook_url"):
        load_config("d", {"token": "7:a", "mode": "poll", "webhook_url": "https://a.example/hook"})
