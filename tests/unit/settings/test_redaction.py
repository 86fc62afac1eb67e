"""Hiding credentials in a config and putting them back."""

from __future__ import annotations

import tomllib

import pytest

from openclaw.errors import InvalidRequest
from openclaw.settings.redacted_text import hide_in_text, restore_in_text
from openclaw.settings.redaction import REDACTED, hidden

TEXT = """\
[gateway.auth]
token = "t0p"  # ours
[database]
url = "postgresql://u:p@h/d"
[models.providers.mock]
base_url = "http://localhost"
api_key = "${MOCK_KEY}"
headers = { X-Any = "h1dden" }
[[webhooks]]
webhook_secret = "s1"
[channels.telegram.accounts.default]
token = "123:abc"
mode = "webhook"
"""
SECRETS = ("t0p", "u:p@h", "h1dden", "s1", "123:abc")


def test_credentials_are_hidden_and_everything_else_can_be_read():
    shown = hide_in_text(TEXT)
    assert not any(secret in shown for secret in SECRETS)
    for plain in ("# ours", "${MOCK_KEY}", "http://localhost", 'mode = "webhook"'):
        assert plain in shown
    assert not any(secret in str(hidden(tomllib.loads(TEXT))) for secret in SECRETS)


def test_a_text_that_comes_back_hidden_has_its_credentials_again():
    assert restore_in_text(hide_in_text(TEXT), TEXT) == TEXT
    edited = hide_in_text(TEXT).replace('mode = "webhook"', 'mode = "poll"')
    assert restore_in_text(edited, TEXT) == TEXT.replace('mode = "webhook"', 'mode = "poll"')


def test_a_hidden_credential_that_never_was_is_refused():
    with pytest.raises(InvalidRequest, match=r"gateway\.auth\.password"):
        restore_in_text(f'[gateway.auth]\npassword = "{REDACTED}"\n', TEXT)
