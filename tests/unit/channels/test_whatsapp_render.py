"""Markdown becomes WhatsApp's markup, whatever the model wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channels.whatsapp.limits import CAPABILITIES, MAX_CAPTION_UNITS, MAX_TEXT_UNITS, utf16_units
from openclaw.channels.whatsapp.render import render_text
from openclaw.reply.plan import plan_replies


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("plain", "plain"),
        ("**bold** *italic* ~~gone~~ `code`", "*bold* _italic_ ~gone~ `code`"),
        ("***both***", "_*both*_"),
        ("**one\ntwo**", "*one*\n*two*"),
        ("```python\nif a < b: pass\n```", "```\nif a < b: pass\n```"),
        ("# Title", "*Title*"),
        ("> quoted\n> more", "> quoted\n> more"),
        ("- a\n- b", "• a\n• b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("[text](https://x.org/)", "text (https://x.org/)"),
        ("<https://x.org>", "https://x.org"),
        ("| item | price |\n|---|---|\n| tea | 2 |\n| milk | 1 |", "• *tea*: price: 2\n• *milk*: price: 1"),
        ("[only]: http://a.link.definition", "[only]: http://a.link.definition"),
        ("", ""),
    ],
)  # fmt: skip
def test_rendering(markdown, text):
    assert render_text(markdown, MAX_TEXT_UNITS) == text


def test_a_fence_in_code_does_not_end_the_code():
    assert render_text("~~~\na\n```\nb\n~~~", MAX_TEXT_UNITS).count("```") == 2


def test_what_markup_makes_too_long_leaves_as_it_is():
    assert render_text("*a* " * 250, MAX_CAPTION_UNITS).startswith("_a_")
    table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 150
    assert render_text(table, 1600) == table


PIECES = [
    "**", "*", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "![",
    "](", "<b>", "\n", "\n\n", "    ", "word", "\\", "\t", "[a]: <b>\n", "\U0001f600",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)


@settings(deadline=None, max_examples=50)
@given(soup, st.integers(1, 100))
def test_every_chunk_of_any_markdown_fits_into_a_message(markdown, times):
    for chunk in plan_replies(markdown * times, CAPABILITIES):
        assert utf16_units(render_text(chunk.text, MAX_TEXT_UNITS)) <= MAX_TEXT_UNITS


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=30))
def test_words_are_never_lost(words):
    assert render_text(" ".join(words), MAX_TEXT_UNITS).split() == words
