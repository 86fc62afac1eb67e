"""A text becomes lines that fit by bytes, with nothing broken and nothing lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.limits import CAPABILITIES, MAX_LINE_BYTES, MAX_TEXT_BYTES
from openclaw.channels.irc.line import format_line
from openclaw.channels.irc.render import BOLD, MONOSPACE, plain, render_codes, without_codes
from openclaw.channels.irc.split import clusters, wire_lines
from openclaw.reply.plan import plan_replies

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"
ACCENTED = "e\u0301\u0323"
THUMB = "\U0001f44d\U0001f3fd"


def test_a_line_that_fits_stays_whole():
    assert wire_lines("hello there", 20) == ["hello there"]


def test_line_ends_become_messages_of_their_own_and_empty_ones_go():
    assert wire_lines("one\n\n  two\n", 20) == ["one", "  two"]


def test_a_line_is_broken_at_a_space():
    assert wire_lines("hello there you", 11) == ["hello there", "you"]
    assert wire_lines("hello there you", 10) == ["hello", "there you"]


def test_a_word_that_is_too_long_is_cut():
    assert wire_lines("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_bytes_are_counted_not_characters():
    assert wire_lines("ääää", 5) == ["ää", "ää"]


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, ACCENTED, THUMB, "\u2603\ufe0f"])
def test_what_belongs_together_is_not_torn_apart(cluster):
    assert list(clusters(cluster * 3)) == [cluster] * 3
    assert wire_lines(cluster * 3, len(cluster.encode()) + 2) == [cluster] * 3


def test_a_cluster_longer_than_a_line_is_cut_between_characters():
    assert wire_lines(FAMILY, 10) == ["\U0001f468\u200d", "\U0001f469\u200d", "\U0001f467"]


def test_a_style_that_is_on_goes_on_in_the_next_line():
    assert wire_lines(f"{BOLD}one two{BOLD} three\nfour", 9) == [f"{BOLD}one two{BOLD}", "three", "four"]
    assert wire_lines(f"{BOLD}one two three{BOLD}", 9) == [f"{BOLD}one two", f"{BOLD}three{BOLD}"]
    assert wire_lines(f"{MONOSPACE}a\nb{MONOSPACE}", 80) == [f"{MONOSPACE}a", f"{MONOSPACE}b{MONOSPACE}"]


@given(st.text(max_size=300), st.integers(min_value=16, max_value=80))
def test_every_line_fits_and_every_visible_character_arrives(text, budget):
    lines = wire_lines(plain(text), budget)
    assert all(len(line.encode()) <= budget for line in lines)
    assert all(line.strip() for line in lines)
    assert "".join("".join(lines).split()) == "".join(plain(text).split())


@given(st.lists(st.sampled_from(["a", " ", FAMILY, FLAG, ACCENTED, THUMB]), max_size=60).map("".join))
def test_no_line_begins_with_what_belongs_to_the_one_before(text):
    for line in wire_lines(text, 40):
        assert not unicodedata.combining(line.lstrip()[0])
        assert line.lstrip()[0] != "\u200d"


PIECES = ["**", "*", "`", "```\n", "~~", "> ", "- ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "\n", "wörd ", "\x01", "\r", "\x00", "\U0001f600"]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=60).map("".join)


@settings(max_examples=60)
@given(soup)
def test_every_chunk_of_any_markdown_leaves_as_lines_that_arrive_whole(markdown):
    me = Identity("a" * 30, "b" * 11, "c" * 63)
    for chunk in plan_replies(markdown, CAPABILITIES):
        assert len(chunk.text.encode()) <= MAX_TEXT_BYTES
        for text in wire_lines(render_codes(chunk.text), me.room_for("#room")):
            raw = format_line("PRIVMSG", "#room", text)
            assert len(f":{me.nick}!{me.user}@{me.host} ".encode() + raw) <= MAX_LINE_BYTES
            assert raw.count(b"\r") == raw.count(b"\n") == 1
            assert b"\x00" not in raw
            assert b"\x01" not in raw


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold** *italic* ~~gone~~ `code`", "\x02bold\x02 \x1ditalic\x1d \x1egone\x1e \x11code\x11"),
        ("[label](https://x.org)", "label (https://x.org)"),
        ("<https://x.org>", "https://x.org"),
        ("# Title", "\x02Title\x02"),
        ("> quoted", "> quoted"),
        ("- a\n- b", "• a\n• b"),
        ("```py\na\n\nb\n```", "\x11a\x11\n\n\x11b\x11"),
        ("| a | b |\n|--|--|\n| 1 | 2 |", "\x11a | b\x11\n\x11--+--\x11\n\x111 | 2\x11"),
        ("\x01VERSION\x01", "VERSION"),
        ("a\x02b", "ab"),
    ],
)
def test_rendering(markdown, shown):
    assert render_codes(markdown) == shown


def test_codes_of_others_are_taken_out():
    assert without_codes("\x02b\x02 \x0304,12red\x03 \x04ff0000hex\x0f \x1di\x1d") == "b red hex i"
