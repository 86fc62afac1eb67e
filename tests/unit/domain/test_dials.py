"""The levels of what can be set in words."""

from __future__ import annotations

import pytest

from openclaw.domain.dials import ACTIVATION, DIALS, REASONING, SEND, SESSION_OPTIONS, THINKING, USAGE, VERBOSE, Dial
from openclaw.domain.exec_policy import Ask, ExecPolicy, Security, read_preferences, tightened

pytestmark = pytest.mark.spec("E1")


@pytest.mark.parametrize(
    ("dial", "word", "level"),
    [
        (THINKING, "High", "high"),
        (THINKING, "max", "high"),
        (THINKING, "on", "low"),
        (THINKING, "xhigh", "xhigh"),
        (THINKING, "banana", None),
        (VERBOSE, "full", "full"),
        (REASONING, "stream", None),
        (USAGE, "on", "tokens"),
        (SEND, "off", "deny"),
        (ACTIVATION, "always", "always"),
    ],
)
def test_a_word_is_a_level_or_none(dial: Dial, word: str, level: str | None) -> None:
    assert dial.read(word) == level


def test_every_dial_but_that_of_groups_is_seen_by_turns() -> None:
    assert {dial.key for dial in DIALS} - set(SESSION_OPTIONS) == {ACTIVATION.key}


@pytest.mark.spec("E9")
@pytest.mark.parametrize(
    ("preferences", "policy"),
    [
        ({}, ExecPolicy(Security.ALLOWLIST, Ask.ON_MISS)),
        ({"security": "full", "ask": "off"}, ExecPolicy(Security.ALLOWLIST, Ask.ON_MISS)),
        ({"ask": "always"}, ExecPolicy(Security.ALLOWLIST, Ask.ALWAYS)),
        ({"security": "deny"}, ExecPolicy(Security.DENY, Ask.ON_MISS)),
    ],
)
def test_a_chat_makes_commands_stricter_and_never_laxer(preferences: dict[str, str], policy: ExecPolicy) -> None:
    assert tightened(ExecPolicy(), preferences) == policy


@pytest.mark.parametrize("text", ["", "host:gateway", "ask:never", "ask", "security:deny more"])
def test_preferences_that_cannot_be_read(text: str) -> None:
    assert read_preferences(text.split()) is None
    assert read_preferences(["security=deny", "Ask:Always"]) == {"security": "deny", "ask": "always"}
