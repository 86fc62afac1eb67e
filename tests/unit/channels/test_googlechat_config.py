"""A Google Chat account's section is checked, and Google's refusals are told apart."""

from __future__ import annotations

import pytest

from openclaw.channels.googlechat.config import load_config
from openclaw.channels.googlechat.refusals import Gone, refusal
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    ConfigError,
)
from openclaw.ports.secrets import Secret

SECTION = {
    "audience_type": "app-url",
    "audience": "https://claw.example.org/webhooks/googlechat/default",
    "service_account_file": "~/key.json",
}
KEY = Secret('{"client_email": "a@b", "private_key": "s3cret"}')


def test_the_defaults():
    config = load_config("default", SECTION)
    assert (config.api_base, config.thread_sessions, config.delegate) == ("https://chat.googleapis.com", True, "")


@pytest.mark.parametrize(("misspelt", "meant"), [("audiance", "audience"), ("service_acount", "service_account")])
def test_an_unknown_key_names_the_nearest(misspelt, meant):
    with pytest.raises(ConfigError, match=rf"googlechat\.accounts\.main: unknown key '{misspelt}'.*'{meant}'"):
        load_config("main", SECTION | {misspelt: "x"})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"audience_type": "project"}, "audience_type"),
        ({"audience": "1234567890"}, "audience"),
        ({"audience_type": "project-number"}, "audience"),
        ({"audience_type": "project-number", "audience": "my-project"}, "audience"),
        ({"project_number": "my-project"}, "project_number"),
        ({"service_account": KEY}, "service_account"),
        ({"service_account_file": ""}, "service_account"),
        ({"service_account": "s3cret", "service_account_file": ""}, "service_account"),
        ({"delegate": "nobody"}, "delegate"),
        ({"api_base": "ftp://x"}, "api_base"),
    ],
)
def test_a_wrong_value_names_its_key_and_shows_no_secret(change, key):
    with pytest.raises(ConfigError) as raised:
        load_config("main", SECTION | change)
    assert f"channels.googlechat.accounts.main.{key}:" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def answered(status: int, word: str, **headers: str):
    return refusal("create", status, headers, {"error": {"status": word, "message": "no", "details": [7]}})


@pytest.mark.parametrize(
    ("status", "word", "error"),
    [
        (400, "INVALID_ARGUMENT", ChannelRejected),
        (401, "UNAUTHENTICATED", ChannelRejected),
        (403, "PERMISSION_DENIED", ChannelRejected),
        (404, "NOT_FOUND", Gone),
        (409, "ABORTED", ChannelUnreachable),
        (409, "ALREADY_EXISTS", ChannelRejected),
        (429, "RESOURCE_EXHAUSTED", ChannelRateLimited),
        (403, "RESOURCE_EXHAUSTED", ChannelRateLimited),
        (499, "CANCELLED", ChannelUnreachable),
        (500, "INTERNAL", ChannelUnreachable),
        (503, "UNAVAILABLE", ChannelUnreachable),
        (504, "DEADLINE_EXCEEDED", ChannelOutcomeUnknown),
    ],
)
def test_refusals(status, word, error):
    assert type(answered(status, word)) is error
    assert word in str(answered(status, word))


def test_how_long_to_wait():
    assert answered(429, "RESOURCE_EXHAUSTED", **{"retry-after": "9"}).retry_after_seconds == 9
    assert answered(429, "RESOURCE_EXHAUSTED").retry_after_seconds == 5
    assert refusal("create", 429, {}, None).retry_after_seconds == 5
