"""The manifest that the documentation gives people asks for what the adapter uses, and for no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from openclaw.channels.slack.config import SlackConfig

PAGE = Path(__file__).resolve().parents[3] / "docs" / "channels" / "slack.md"
#: After https://docs.slack.dev/reference/events and .../methods: what each needs.
NEEDS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}
CALLS = {"chat:write", "commands", "files:read", "files:write", "im:write", "reactions:write"}


@pytest.fixture(scope="module")
def manifest():
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return yaml.safe_load(found[1])


@pytest.mark.spec("C6")
def test_every_event_has_its_scope_and_every_call_too(manifest):
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(NEEDS)
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(NEEDS.values()) | CALLS


def test_the_defaults_fit_the_manifest(manifest):
    assert manifest["settings"]["socket_mode_enabled"] is (SlackConfig.__dataclass_fields__["mode"].default == "socket")
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == SlackConfig.__dataclass_fields__["slash_command"].default
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_every_key_of_the_section_is_described():
    described = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert described >= set(SlackConfig.__dataclass_fields__)
