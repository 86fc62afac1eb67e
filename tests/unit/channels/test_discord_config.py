"""A Discord account's section."""

from __future__ import annotations

import sys

import pytest

from openclaw.channels.discord.config import load_config
from openclaw.channels.discord.manifest import DiscordPlugin
from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from tests.contract.channels.worlds import NO_PLACE


def test_a_token_is_enough():
    config = load_config("default", {"token": Secret("a.b-c_d")})
    assert config.api_base == "https://discord.com/api/v10"
    assert config.message_content is True
    assert "a.b-c_d" not in repr(config)


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({}, "token"),
        ({"token": "a b"}, "token"),
        ({"token": "t", "api_base": "ftp://x"}, "api_base"),
        ({"token": "t", "message_contents": True}, "'message_content'"),
        ({"token": "t", "heartbeat_timeout_seconds": 0}, "heartbeat_timeout_seconds"),
    ],
)
def test_a_wrong_section_names_its_key(section, named):
    with pytest.raises(ConfigError, match=named):
        load_config("default", section)


def test_a_missing_library_names_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "discord", None)
    with pytest.raises(ConfigError, match=r"openclaw-celery\[discord\]"):
        DiscordPlugin().open_account("default", {"token": "t"}, NO_PLACE)
