"""The section of a Signal account."""

from __future__ import annotations

import pytest

from openclaw.channels.signal.config import SignalConfig, load_config
from openclaw.errors import ConfigError


def test_a_number_is_all_that_is_needed():
    assert load_config("default", {"account": "+491701234567"}) == SignalConfig("+491701234567")


def test_everything_can_be_set():
    section = {
        "account": "+491701234567",
        "uuid": "aaaaaaaa-0000-4000-8000-00000000000a",
        "api_base": "http://signal:8080/",
        "read_receipts": False,
        "connect_timeout_seconds": 1,
        "read_timeout_seconds": 2,
        "silence_seconds": 3,
    }
    assert load_config("default", section) == SignalConfig(**section | {"api_base": "http://signal:8080"})


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({}, "account"),
        ({"account": "491701234567"}, "account"),
        ({"account": "+4917 01234567"}, "account"),
        ({"account": "+491701234567", "uuid": "me"}, "uuid"),
        ({"account": "+491701234567", "api_base": "unix:///run/signal"}, "api_base"),
        ({"account": "+491701234567", "silence_seconds": 0}, "silence_seconds"),
        ({"account": "+491701234567", "read_receipt": True}, "did you mean 'read_receipts'"),
    ],
)
def test_an_error_names_the_key(section, named):
    with pytest.raises(ConfigError, match=named):
        load_config("default", section)
