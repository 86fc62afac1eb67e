"""Hiding credentials in a config and putting them back."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import tomllib
from typing import get_type_hints

import pytest

import openclaw.channels
from openclaw.errors import InvalidRequest
from openclaw.ports.secrets import Secret
from openclaw.settings.file_schema import strip_optional
from openclaw.settings.redacted_text import hide_in_text, restore_in_text
from openclaw.settings.redaction import REDACTED, hidden, is_secret, is_secret_key

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


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("token", "x", True),
        ("botToken", "x", True),
        ("signing-secret", "x", True),
        ("pin", 1234, True),
        ("api_key", 12.5, True),
        ("proxy", "socks5://host:1", True),
        ("base_url", "https://host/v1", False),
        ("base_url", "https://user:pass@host/v1", True),
        ("api_base", "https://token@host", True),
        ("base_url", "https://host/@someone", False),
        ("token", "${TOKEN}", False),
        ("token", "Bearer ${TOKEN}", True),
        ("token", "", False),
        ("token", True, False),
        ("max_output_tokens", 8192, False),
        ("tokens", "x", True),
        ("monkey", "x", False),
        ("session_key", "agent:main:main", False),
        ("public_url", "https://here.example", False),
    ],
)
def test_a_credential_is_known_by_its_key_or_as_a_password_in_an_address(key, value, secret):
    assert is_secret(key, value) is secret


def test_the_credentials_of_every_built_in_channel_are_known_by_their_keys():
    found = []
    for module in pkgutil.walk_packages(openclaw.channels.__path__, "openclaw.channels."):
        for declared in vars(importlib.import_module(module.name)).values():
            if dataclasses.is_dataclass(declared) and isinstance(declared, type):
                hints = get_type_hints(declared)
                found += [name for name, hint in hints.items() if strip_optional(hint) is Secret]
    assert "webhook_secret" in found
    assert [name for name in found if not is_secret_key(name)] == []


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        ('# token = "t0p"', f'# token = "{REDACTED}"'),
        ("#api_key=t0p # old", f'#api_key="{REDACTED}" # old'),
        ("# the token: see the wiki", "# the token: see the wiki"),
        ('# mode = "token"', '# mode = "token"'),
        ("# it was redis://u:t0p@host/0 once", f"# it was {REDACTED} once"),
        ('# token = "${TOKEN}"', '# token = "${TOKEN}"'),
    ],
)
def test_credentials_that_were_commented_out_are_hidden_and_come_back(comment, shown):
    text = f"{comment}\n[gateway]\nport = 1  {comment}\n"
    assert hide_in_text(text) == f"{shown}\n[gateway]\nport = 1  {shown}\n"
    assert restore_in_text(hide_in_text(text), text) == text


def test_a_number_sign_inside_a_text_is_no_comment():
    text = 'a = "# token = 1"\nb = """\n# token = "x"\n"""\nc = \'# password = "y"\'\n'
    assert hide_in_text(text) == text


HOOKS = """\
[[hooks]]
id = "one"
secret = "s1"
[[hooks]]
id = "two"
secret = "s2"
"""


@pytest.mark.parametrize(
    ("edited", "secrets"),
    [
        ([{"id": "two", "secret": REDACTED}], ["s2"]),
        ([{"id": "two", "secret": REDACTED}, {"id": "one", "secret": REDACTED}], ["s2", "s1"]),
        ([{"id": "two", "secret": REDACTED, "x": 1}, {"id": "new", "secret": "s3"}], ["s2", "s3"]),
        ([{"id": "uno", "secret": REDACTED}, {"id": "two", "secret": REDACTED}], ["s1", "s2"]),
    ],
)
def test_an_entry_of_a_list_keeps_its_own_credential_wherever_it_goes(edited, secrets):
    import tomlkit

    back = tomllib.loads(restore_in_text(tomlkit.dumps({"hooks": edited}), HOOKS))
    assert [hook["secret"] for hook in back["hooks"]] == secrets


@pytest.mark.parametrize(
    ("edited", "known"),
    [
        (f'[[hooks]]\nid = "new"\nsecret = "{REDACTED}"\n', HOOKS),
        (f'tokens = ["{REDACTED}"]\n', 'tokens = ["a", "b"]\n'),
        (f'a = {{ token = "{REDACTED}" }}\n', "a = 1\n"),
        (f'token = "{REDACTED}"\n', "token = {}\n"),
    ],
)
def test_a_credential_that_cannot_be_told_from_others_must_be_written(edited, known):
    with pytest.raises(InvalidRequest, match="write the value itself"):
        restore_in_text(edited, known)


def test_hidden_texts_of_one_list_are_told_apart_by_their_order():
    known = 'tokens = ["a", "${B}", "c"]\n'
    assert hide_in_text(known) == f'tokens = ["{REDACTED}", "${{B}}", "{REDACTED}"]\n'
    edited = f'tokens = ["new", "{REDACTED}", "${{B}}", "{REDACTED}"]\n'
    assert tomllib.loads(restore_in_text(edited, known)) == {"tokens": ["new", "a", "${B}", "c"]}
