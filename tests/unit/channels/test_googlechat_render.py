"""Markdown becomes the markup of Google Chat, and what is no markup is not read as such."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channels.googlechat.limits import CAPABILITIES, MAX_MESSAGE_BYTES
from openclaw.channels.googlechat.outbound import _text
from openclaw.channels.googlechat.render import plain_chat, render_chat
from openclaw.reply.plan import plan_replies

NOTHING = "\u200b"


@pytest.mark.parametrize(
    ("markdown", "chat"),
    [
        ("plain", "plain"),
        ("**bold** *italic* ~~gone~~ `code`", "*bold* _italic_ ~gone~ `code`"),
        ("***both***", "_*both*_"),
        ("# Title", "*Title*"),
        ("- a\n- b", "• a\n• b"),
        ("> quoted\n> more", "> quoted\n> more"),
        ("```python\nif a < b: pass\n```", "```\nif a < b: pass\n```"),
        ("| a | b |\n|--|--|\n| 1 | 2 |", "```\na | b\n--+--\n1 | 2\n```"),
        ("[text](https://x.org/?a=1&b=2)", "<https://x.org/?a=1&b=2|text>"),
        ("<https://x.org>", "https://x.org"),
        ("[a|b>c](https://x.org)", "<https://x.org|a b c>"),
        ("[file](docs/a.md)", "file (docs/a.md)"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        (r"\*not bold\*", f"{NOTHING}*{NOTHING}not bold*"),
        ("a < b & c > d", "a < b & c > d"),
    ],
)
def test_rendering(markdown, chat):
    assert render_chat(markdown) == chat


@pytest.mark.parametrize("ring", ["<users/all>", "`<x>` <users/123>", "[x](<users/all>)", "<https://a|b>"])
def test_nobody_is_rung_by_a_text(ring):
    assert "<users" not in render_chat(ring)
    assert "<users" not in plain_chat(ring)


def test_code_cannot_end_its_own_fence():
    assert render_chat("`` a`b ``").count("`") == 2
    assert render_chat("~~~\n```\n<users/all>\n~~~").count("```") == 2


PIECES = ["**", "*", "_", "`", "```\n", "~~", "> ", "- ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "<users/all>", "<", "\n", "word ", "\U0001f600"]  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=60).map("".join))
def test_every_chunk_of_any_markdown_fits_into_a_message(markdown):
    for chunk in plan_replies(markdown, CAPABILITIES):
        assert len(json.dumps(_text(chunk.text), ensure_ascii=False).encode("utf-8", "replace")) <= MAX_MESSAGE_BYTES


@pytest.mark.parametrize("filler", ["*", "**a** ", "`", "<a", "\U0001f600", "_x_ ", '"', "\\"])
def test_the_worst_chunk_fits_too(filler):
    text = (filler * 4_000)[: CAPABILITIES.max_text_chars]
    assert len(json.dumps(_text(text), ensure_ascii=False).encode()) <= MAX_MESSAGE_BYTES
