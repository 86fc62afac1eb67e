from __future__ import annotations

import json

import pytest

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from openclaw.settings.client import find_gateway
from openclaw.settings.environment import read_environment


@pytest.fixture
def find(home, tmp_path):
    def find_(*, url=None, token=None, **environ):
        return find_gateway(read_environment({"HOME": str(tmp_path), **environ}, cwd=tmp_path), url=url, token=token)

    return find_


def test_without_anything_it_is_this_machines_default(find):
    assert (find().url, find().token) == ("ws://127.0.0.1:18789", None)


def test_a_running_stack_is_found_by_what_it_left(find, home):
    (home / "run").mkdir()
    (home / "run" / "gateway.json").write_text(json.dumps({"ws_url": "ws://127.0.0.1:4000"}))
    (home / "gateway.token").write_text("made\n")
    assert (find().url, find().token) == ("ws://127.0.0.1:4000", Secret("made"))


def test_the_config_file_tells_address_and_token(find, home):
    (home / "config.toml").write_text('[gateway]\nhost = "0.0.0.0"\nport = 5000\n[gateway.auth]\ntoken = "${T}"\n')
    assert find(T="x").url == "ws://127.0.0.1:5000"
    assert find(T="x").token == Secret("x")
    assert find().token is None


def test_flags_beat_the_environment(find):
    environ = {"OPENCLAW_GATEWAY_URL": "ws://a:1", "OPENCLAW_GATEWAY_TOKEN": "ta"}
    assert (find(**environ).url, find(**environ).token) == ("ws://a:1", Secret("ta"))
    flagged = find(url="https://b", token="tb", **environ)
    assert (flagged.url, flagged.token) == ("wss://b", Secret("tb"))


def test_this_machines_token_is_not_sent_to_another(find, home):
    (home / "gateway.token").write_text("made\n")
    assert find(url="ws://elsewhere.example:1").token is None
    assert find(url="ws://127.0.0.1:1").token == Secret("made")


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "ws://"])
def test_an_address_that_is_none_is_refused(find, url):
    with pytest.raises(ConfigError, match="no gateway address"):
        find(url=url)
