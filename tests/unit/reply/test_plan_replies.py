"""A turn's text becomes outbox rows."""

from __future__ import annotations

import pytest

from openclaw.ports.channel import ChannelCapabilities
from openclaw.reply.plan import plan_replies

SMALL = ChannelCapabilities(max_text_chars=100)


def test_a_short_reply_is_one_row():
    (row,) = plan_replies("Hello", SMALL)
    assert (row.text, row.reply_index, row.chunk_index) == ("Hello", 0, 0)


def test_the_rows_of_a_long_reply_are_numbered():
    rows = plan_replies("word " * 100, SMALL)
    assert [row.chunk_index for row in rows] == list(range(len(rows)))
    assert len(rows) > 4
    assert all(len(row.text) <= 100 for row in rows)


@pytest.mark.parametrize("text", ["", " \n ", "NO_REPLY", "  NO_REPLY\n", "NO_REPLY: nothing to say", "NO_REPLY."])
def test_silence_gives_no_rows(text):
    assert plan_replies(text, SMALL) == ()


@pytest.mark.parametrize("text", ["NO_REPLYING is a word", "I said NO_REPLY", "no_reply"])
def test_only_the_token_itself_at_the_start_is_silence(text):
    assert [row.text for row in plan_replies(text, SMALL)] == [text]


def test_the_channels_own_unit_counts():
    rows = plan_replies("\U0001f600" * 100, ChannelCapabilities(max_text_chars=100, text_unit="utf-16"))
    assert [len(row.text) for row in rows] == [50, 50]


def test_the_channels_line_limit_holds():
    rows = plan_replies("\n".join("abc"), ChannelCapabilities(max_text_chars=100, max_text_lines=17))
    assert len(rows) == 1
    rows = plan_replies("\n".join("x" * 40), ChannelCapabilities(max_text_chars=1000, max_text_lines=17))
    assert [row.text.count("\n") + 1 for row in rows] == [17, 17, 6]
