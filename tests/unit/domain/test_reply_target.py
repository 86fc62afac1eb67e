"""Which message a reply quotes, and what stands before it."""

from __future__ import annotations

import pytest

from openclaw.domain.reply_prefix import render_prefix
from openclaw.domain.reply_target import CURRENT, ReplyTarget
from openclaw.domain.speech import as_shown, read_tags


@pytest.mark.parametrize(("mode", "quoted"), [("off", ["", ""]), ("first", ["m1", ""]), ("all", ["m1", "m1"])])
def test_the_mode_decides_which_messages_quote_what_is_answered(mode, quoted):
    assert [ReplyTarget(mode, "m1").of("", place) for place in range(2)] == quoted


@pytest.mark.parametrize(("mode", "quoted"), [("off", ["m7", ""]), ("first", ["m7", ""]), ("all", ["m7", "m7"])])
def test_a_reply_that_asks_for_a_message_quotes_it(mode, quoted):
    assert [ReplyTarget(mode, "m1").of("m7", place) for place in range(2)] == quoted


def test_a_reply_may_ask_for_the_current_message():
    assert ReplyTarget("off", "m1").of(CURRENT, 0) == "m1"
    assert ReplyTarget("off").of(CURRENT, 0) == ""


@pytest.mark.parametrize(
    ("text", "shown", "asked"),
    [
        ("[[reply_to_current]] Yes.", "Yes.", CURRENT),
        ("Yes. [[ reply_to : 12.5 ]]", "Yes.", "12.5"),
        ("Yes.", "Yes.", ""),
        ("`[[reply_to_current]]`", "`[[reply_to_current]]`", ""),
    ],
)
def test_tags_are_taken_out_of_a_reply_and_code_keeps_its_own(text, shown, asked):
    tagged = read_tags(text)
    assert (tagged.text, tagged.reply_to) == (shown, asked)
    assert not tagged.asked


@pytest.mark.parametrize("text", ["[", "[[rep", "[[reply_to_cur", "[[reply_to:12", "[[reply_to_current]"])
def test_nobody_sees_a_tag_come_into_being(text):
    assert as_shown(f"Hello {text}") == "Hello "


def test_a_prefix_names_facts_of_its_turn():
    facts = {"model": "m", "provider": "p", "thinking_level": "high", "identity.name": "Rose"}
    template = "[{identity.name} {provider}/{model} {thinking_level} {Model} {nobody}]"
    assert render_prefix(template, facts) == "[Rose p/m high m {nobody}] "
    assert render_prefix("", facts) == ""
    assert render_prefix("**A**\n", facts) == "**A**\n"
