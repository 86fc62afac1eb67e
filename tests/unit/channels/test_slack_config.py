"""A Slack account's section is checked before the app is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openclaw.channels.slack.config import load_config
from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.errors import ConfigError, WebhookRejected
from openclaw.ports.channel import AccountPlace, WebhookRequest
from openclaw.ports.secrets import Secret

SECTION = {"bot_token": "xoxb-1-s3cret", "app_token": "xapp-1-s3cret"}
HTTP = {"bot_token": "xoxb-1-s3cret", "mode": "http", "signing_secret": "s3cret"}


def test_the_defaults():
    config = load_config("default", SECTION)
    assert (config.mode, config.api_base) == ("socket", "https://slack.com/api")
    assert (config.reply_in_thread, config.slash_command) == (False, "/openclaw")


def test_secrets_may_have_been_resolved_already_and_tokens_may_be_rotated_ones():
    config = load_config("default", {"bot_token": Secret("xoxe.xoxb-1-abc"), "app_token": Secret("xapp-1")})
    assert config.bot_token.reveal() == "xoxe.xoxb-1-abc"


def test_a_slash_at_the_end_of_the_address_is_no_part_of_it():
    assert load_config("d", SECTION | {"api_base": "http://localhost:1/api/"}).api_base == "http://localhost:1/api"


@pytest.mark.parametrize(("misspelt", "meant"), [("bot_tokn", "bot_token"), ("signing_secert", "signing_secret")])
def test_an_unknown_key_names_the_nearest(misspelt, meant):
    with pytest.raises(ConfigError, match=rf"channels\.slack\.accounts\.main: unknown key '{misspelt}'.*'{meant}'"):
        load_config("main", SECTION | {misspelt: "x"})


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (SECTION | {"bot_token": "xapp-1-s3cret"}, "bot_token"),
        (SECTION | {"bot_token": "xoxb-1\nevil"}, "bot_token"),
        (SECTION | {"app_token": "xoxb-1-s3cret"}, "app_token"),
        (SECTION | {"app_token": None}, "app_token"),
        (SECTION | {"mode": "http"}, "signing_secret"),
        (HTTP | {"signing_secret": ""}, "signing_secret"),
        (SECTION | {"mode": "carrier-pigeon"}, "mode"),
        (SECTION | {"api_base": "ftp://x"}, "api_base"),
        (SECTION | {"slash_command": "openclaw"}, "slash_command"),
        (SECTION | {"read_timeout_seconds": 0}, "read_timeout_seconds"),
        (SECTION | {"proxy": "socks://x"}, "proxy"),
    ],
)
def test_a_wrong_value_names_its_key_and_shows_no_secret(section, key):
    with pytest.raises(ConfigError) as raised:
        load_config("main", section)
    assert f"channels.slack.accounts.main.{key}:" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_the_bots_token_is_required():
    with pytest.raises(ConfigError, match="bot_token"):
        load_config("main", {"app_token": "xapp-1"})


def test_an_account_of_socket_mode_keeps_a_connection_and_takes_no_requests():
    account = SlackPlugin().open_account("default", SECTION, AccountPlace(Path("/nowhere")))
    assert (account.keeps_connection, account.sends_over_connection) == (True, False)
    with pytest.raises(WebhookRejected):
        account.receive(WebhookRequest({}, b"{}", {}))
    account.close()


def test_an_account_of_http_mode_keeps_none():
    account = SlackPlugin().open_account("default", HTTP, AccountPlace(Path("/nowhere")))
    assert account.keeps_connection is False
    account.close()


WITHOUT_SDK = f"""
import sys
sys.modules["slack_sdk"] = None
from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.errors import ConfigError
try:
    SlackPlugin().open_account("default", {SECTION!r}, None)
except ConfigError as error:
    print(error)
"""


def test_without_the_sdk_the_extra_to_install_is_named():
    shown = subprocess.run([sys.executable, "-c", WITHOUT_SDK], capture_output=True, text=True, check=True, timeout=60)
    assert "openclaw-celery[slack]" in shown.stdout
