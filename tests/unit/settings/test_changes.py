"""What differs between two configurations, and what that asks of a running process."""

from __future__ import annotations

import pytest

from openclaw.settings.changes import changes, keep_process_keys, reload_of
from openclaw.settings.file_schema import validate
from openclaw.settings.schema import ConfigFile
from openclaw.settings.toml_source import parse_toml


def config(tmp_path, text):
    found, problems = validate(ConfigFile, parse_toml(tmp_path / "config.toml", text).tree)
    assert found is not None, problems
    return found


def found(tmp_path, before, after):
    return {c.dotted: c.reload for c in changes(config(tmp_path, before), config(tmp_path, after))}


def test_equal_configurations_do_not_differ(tmp_path):
    assert found(tmp_path, "[gateway]\nport = 1\n", "# a comment\n[gateway]\nport = 1\n") == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "[gateway]\nport = 1\n", {"gateway.port": "process"}),
        ("", '[gateway.auth]\ntoken = "x"\n', {"gateway.auth.token": "live"}),
        ("", "[lanes.main]\nconcurrency = 9\nreserved_interactive = 1\n", {"lanes.main.concurrency": "live"}),
        ("", '[agents.crab]\nname = "C"\n', {"agents.crab": "live"}),
        ('[agents.crab]\nname = "C"\n', '[agents.crab]\nname = "D"\n', {"agents.crab.name": "live"}),
        ("[channels.telegram.accounts.a]\nx = 1\n", "[channels.telegram.accounts.a]\nx = 2\n",
         {"channels.telegram.accounts.a": "part"}),
        ("[channels.telegram.accounts.a]\nx = 1\n[channels.telegram.accounts.b]\nx = 1\n",
         "[channels.telegram.accounts.b]\nx = 1\n", {"channels.telegram.accounts.a": "part"}),
        ("", '[[bindings]]\nagent = "a"\nmatch = { channel = "x" }\n', {"bindings": "live"}),
    ],
)  # fmt: skip
def test_each_difference_names_its_key_and_what_it_takes(tmp_path, before, after, expected):
    assert found(tmp_path, before, after) == expected


def test_keys_that_take_a_restart_keep_the_running_values(tmp_path):
    running = config(tmp_path, '[gateway]\nport = 1\nhandshake_seconds = 5\n[redis]\nurl = "redis://a"\n')
    new = config(tmp_path, '[gateway]\nport = 2\nhandshake_seconds = 7\n[redis]\nurl = "redis://b"\n')
    kept = keep_process_keys(running, new)
    assert (kept.gateway.port, kept.gateway.handshake_seconds, kept.redis) == (1, 7, running.redis)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("gateway", "process"), ("gateway.auth", "live"), ("channels.slack", "part"), ("agents.main.model", "live")],
)
def test_a_path_asks_for_the_strictest_of_what_is_below_it(path, kind):
    assert reload_of(tuple(path.split("."))) == kind


def test_an_unknown_path_is_an_error():
    with pytest.raises(KeyError, match="nonsense"):
        reload_of(("nonsense",))
