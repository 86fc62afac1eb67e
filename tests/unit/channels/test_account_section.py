"""What every channel account can be told of who may write to it, and how much."""

from __future__ import annotations

from typing import Any

import pytest

from openclaw.channel_kit.account_section import split_section
from openclaw.domain.account_rules import AccountRules, GroupAccess, RateLimit
from openclaw.errors import ConfigError

pytestmark = pytest.mark.spec("I1", "K8")


def rules(**section: Any) -> AccountRules:
    return split_section("telegram", "default", section)[0]


def test_without_a_word_strangers_must_pair_and_groups_be_named() -> None:
    assert rules() == AccountRules("pairing", group_policy="allowlist", rate_limit=RateLimit(30, 600, 60))


def test_everything_that_can_be_said() -> None:
    section = {
        "dm_policy": "allowlist",
        "allow_from": [42, "username:@Ada", "*"],
        "group_policy": "open",
        "group_allow_from": ["e164:+49 1"],
        "groups": {"-100": {"require_mention": False, "allow_from": [7], "enabled": True}, "*": {}},
        "rate_limit": {"per_sender": 5, "per_account": 0, "window_seconds": 10},
        "token": "the channel's own",
    }
    found, own = split_section("telegram", "default", section)
    assert own == {"token": "the channel's own"}
    assert found.allow_from == ("id:42", "username:ada", "*")
    assert found.group_allow_from == ("e164:+491",)
    assert found.groups == {"-100": GroupAccess(False, ("7",)), "*": GroupAccess()}
    assert found.rate_limit == RateLimit(5, 0, 10)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"dm_policy": "allowlist"}, "allow_from: is empty, and dm_policy"),
        ({"dm_policy": "allowlist", "allow_from": []}, 'use "pairing"'),
        ({"dm_policy": "everyone"}, "dm_policy: Must be one of"),
        ({"allow_from": ["username:"]}, "names nobody: write username:VALUE"),
        ({"allow_from": [True]}, "must be an id"),
        ({"groups": {"7": {"require_mentions": True}}}, "require_mentions"),
        ({"rate_limit": {"per_sender": -1}}, "per_sender"),
        ({"rate_limit": {"window_seconds": 0}}, "window_seconds"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_key(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(**section)
    assert str(caught.value).startswith("channels.telegram.accounts.default.")
    assert says in str(caught.value)
