"""Markdown as a text with Signal's styles, and what names and parameters look like."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openclaw.channels.signal.limits import CAPABILITIES, MAX_TEXT_BYTES
from openclaw.channels.signal.names import MessageName, addressed, message_named
from openclaw.channels.signal.render import StyledText, render_styled
from openclaw.errors import ChannelRejected
from openclaw.reply.plan import plan_replies


@pytest.mark.parametrize(
    ("markdown", "text", "styles"),
    [
        ("plain", "plain", ()),
        (
            "**bold** _it_ ~~no~~ `code`",
            "bold it no code",
            ("0:4:BOLD", "5:2:ITALIC", "8:2:STRIKETHROUGH", "11:4:MONOSPACE"),
        ),
        ("\U0001f600 **x**", "\U0001f600 x", ("3:1:BOLD",)),
        ("**a _b_**", "a b", ("2:1:ITALIC", "0:3:BOLD")),
        ("# Title\n\nText", "Title\n\nText", ("0:5:BOLD",)),
        ("```python\nx = 1\n```", "x = 1", ("0:5:MONOSPACE",)),
        ("[here](https://a.example)", "here (https://a.example)", ()),
        ("> **said**\n> more", "> said\n> more", ("2:4:BOLD",)),
        ("- one\n- two", "• one\n• two", ()),
        ("| a | b |\n|-|-|\n| 1 | 2 |", "• 1: b: 2", ("2:1:BOLD",)),
        ("2 < 3 & <b>", "2 < 3 & <b>", ()),
        ("**\ufdd0\ufdd4x**", "x", ("0:1:BOLD",)),
    ],
)
def test_markdown_is_text_with_styles_in_utf_16_units(markdown, text, styles):
    assert render_styled(markdown) == StyledText(text, styles)


def test_what_markup_would_leave_empty_or_too_long_stays_as_it_is():
    assert render_styled("[x]: http://a").text == "[x]: http://a"
    wide = f"| k | {'h' * 2000} |\n|-|-|\n" + "| 1 | 2 |\n" * 190
    assert render_styled(wide) == StyledText(wide)


PIECES = [
    "**",
    "_",
    "~~",
    "`",
    "```\n",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "| a | b |\n|-|-|\n| 1 | 2 |\n",
    "[x](http://c)",
    "a",
    "é",
    "\U0001f600",
]
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)


@settings(deadline=None)
@given(soup)
@example("**a `b` c**")
def test_every_style_of_any_markdown_lies_within_its_text(markdown):
    styled = render_styled(markdown)
    units = len(styled.text.encode("utf-16-le", "surrogatepass")) // 2
    for style in styled.styles:
        start, length, _ = style.split(":")
        assert int(length) > 0
        assert int(start) + int(length) <= units


@settings(max_examples=20, deadline=None)
@given(st.lists(soup | st.just(f"| {'h' * 900} | b |\n|-|-|\n" + "| 1 | 2 |\n" * 100), max_size=4))
def test_every_chunk_of_any_reply_fits_into_a_message(parts):
    for chunk in plan_replies("\n\n".join(parts), CAPABILITIES):
        assert len(render_styled(chunk.text).text.encode()) <= MAX_TEXT_BYTES


def test_messages_have_names_that_can_be_read_again():
    for name in (MessageName(17), MessageName(17, "aaaa-bb"), MessageName(17, "+4917")):
        assert message_named(str(name)) == name


@pytest.mark.parametrize("text", ["", "x", "a:", "a:b", "17:", "²"])
def test_other_words_are_no_message(text):
    with pytest.raises(ChannelRejected):
        message_named(text)


@pytest.mark.parametrize(
    ("target", "params"),
    [
        ("+4917", {"recipient": ["+4917"]}),
        ("group:ab+/=", {"groupId": "ab+/="}),
        ("username:ada.01", {"username": ["ada.01"]}),
    ],
)
def test_chats_are_addressed_by_what_they_are(target, params):
    assert addressed(target) == params
