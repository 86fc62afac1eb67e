"""A WhatsApp account's section is checked before the number is used."""

from __future__ import annotations

import pytest

from openclaw.channels.whatsapp.config import CloudConfig, LinkConfig, load_config
from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret

CLOUD = {"access_token": "EAAG", "phone_number_id": "106540352242922", "app_secret": "s3cret", "verify_token": "v3rify"}


def test_the_defaults_of_a_business_number():
    config = load_config("default", CLOUD)
    assert isinstance(config, CloudConfig)
    assert (config.api_base, config.api_version) == ("https://graph.facebook.com", "v26.0")
    assert (config.read_receipts, config.link_previews) == (True, True)
    assert load_config("default", CLOUD | {"mode": "cloud"}) == config


def test_the_defaults_of_a_linked_number():
    assert load_config("default", {"mode": "link"}) == LinkConfig()


def test_secrets_may_have_been_resolved_already():
    config = load_config("default", CLOUD | {"app_secret": Secret("other")})
    assert isinstance(config, CloudConfig)
    assert config.app_secret.reveal() == "other"


def test_a_slash_at_the_end_of_the_address_is_no_part_of_it():
    config = load_config("d", CLOUD | {"api_base": "http://localhost:8081/"})
    assert isinstance(config, CloudConfig)
    assert config.api_base == "http://localhost:8081"


@pytest.mark.parametrize(
    ("section", "misspelt", "meant"),
    [(CLOUD, "acces_token", "access_token"), (CLOUD, "dm_polcy", "dm_policy"), ({"mode": "link"}, "device", "device_name")],
)  # fmt: skip
def test_an_unknown_key_names_the_nearest(section, misspelt, meant):
    with pytest.raises(ConfigError, match=rf"channels\.whatsapp\.accounts\.main: unknown key '{misspelt}'.*'{meant}'"):
        load_config("main", section | {misspelt: "x"})


@pytest.mark.parametrize("key", [*CLOUD])
def test_a_business_number_needs_its_credentials(key):
    with pytest.raises(ConfigError, match=key):
        load_config("main", {name: value for name, value in CLOUD.items() if name != key})


@pytest.mark.parametrize(
    ("section", "change", "key"),
    [
        (CLOUD, {"access_token": ""}, "access_token"),
        (CLOUD, {"access_token": "EAAG x"}, "access_token"),
        (CLOUD, {"phone_number_id": "+1 555"}, "phone_number_id"),
        (CLOUD, {"phone_number_id": "../me"}, "phone_number_id"),
        (CLOUD, {"api_version": "26"}, "api_version"),
        (CLOUD, {"api_base": "ftp://x"}, "api_base"),
        (CLOUD, {"mode": "carrier-pigeon"}, "mode"),
        (CLOUD, {"read_timeout_seconds": 0}, "read_timeout_seconds"),
        ({"mode": "link"}, {"session_database_url": "mysql://user:s3cret@db/x"}, "session_database_url"),
        ({"mode": "link"}, {"max_download_bytes": -1}, "max_download_bytes"),
    ],
)
def test_a_wrong_value_names_its_key_and_shows_no_secret(section, change, key):
    with pytest.raises(ConfigError) as raised:
        load_config("main", section | change)
    assert f"channels.whatsapp.accounts.main.{key}:" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "EAAG" not in str(raised.value)
