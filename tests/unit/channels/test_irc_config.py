"""An IRC account's section is checked before anything connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.channels.irc.config import load_config
from openclaw.channels.irc.manifest import IrcPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelRejected, ChannelUnreachable, ConfigError
from openclaw.ports.channel import AccountPlace, WebhookReceiver

SECTION = {"host": "irc.libera.chat", "nick": "claw"}


def test_the_defaults():
    config = load_config("default", SECTION)
    assert (config.port, config.tls, config.sasl) == (6697, True, "none")
    assert config.nicks() == ("claw", "claw_", "claw__", "claw-1", "claw-2")


def test_without_tls_the_port_is_another():
    assert load_config("d", SECTION | {"tls": False}).port == 6667


@pytest.mark.parametrize(("misspelt", "meant"), [("hots", "host"), ("chanels", "channels"), ("dm_polcy", "dm_policy")])
def test_an_unknown_key_names_the_nearest(misspelt, meant):
    with pytest.raises(ConfigError, match=rf"channels\.irc\.accounts\.main: unknown key '{misspelt}'.*'{meant}'"):
        load_config("main", SECTION | {misspelt: "x"})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"host": "a host"}, "host"),
        ({"nick": "1claw"}, "nick"),
        ({"nick": "cl aw"}, "nick"),
        ({"nick_alternatives": ["ok", "\r\n"]}, "nick_alternatives"),
        ({"channels": ["#a,#b"]}, "channels"),
        ({"channels": ["#a b"]}, "channels"),
        ({"channel_keys": {"#b": "s3cret"}}, "channel_keys"),
        ({"channels": ["#b"], "channel_keys": {"#b": "s3cret and more"}}, "channel_keys"),
        ({"realname": "a\r\nQUIT"}, "realname"),
        ({"sasl": "plain"}, "sasl_password"),
        ({"sasl": "external"}, "certificate_file"),
        ({"sasl": "scram"}, "sasl"),
        ({"tls": False, "sasl": "plain", "sasl_password": "s3cret"}, "sasl_password"),
        ({"tls": False, "server_password": "s3cret"}, "server_password"),
        ({"tls": False, "nickserv_password": "s3cret"}, "nickserv_password"),
        ({"server_password": "s3cret\r\nQUIT"}, "server_password"),
        ({"lines_per_second": 0}, "lines_per_second"),
        ({"port": 70000}, "port"),
    ],
)
def test_a_wrong_value_names_its_key_and_shows_no_secret(change, key):
    with pytest.raises(ConfigError) as raised:
        load_config("main", SECTION | change)
    assert f"channels.irc.accounts.main.{key}:" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_an_account_sends_only_where_it_is_connected_and_takes_no_webhooks():
    account = IrcPlugin().open_account("default", SECTION, AccountPlace(Path("/nowhere")))
    assert (account.keeps_connection, account.sends_over_connection) == (True, True)
    assert not isinstance(account, WebhookReceiver)
    with pytest.raises(ChannelUnreachable, match="not connected"):
        account.send(ReplyRoute("irc", "default", "#room"), "hello")


@pytest.mark.parametrize("target", ["", "a b", "a,b", "$*.net", ":a", "a\r\nQUIT", "#a\x00"])
def test_a_target_that_is_more_than_one_nick_or_room_is_refused(target):
    account = IrcPlugin().open_account("default", SECTION, AccountPlace(Path("/nowhere")))
    with pytest.raises(ChannelRejected):
        account.send(ReplyRoute("irc", "default", target), "hello")
