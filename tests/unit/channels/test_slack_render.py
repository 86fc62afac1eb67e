"""Markdown becomes the mrkdwn that Slack shows, whatever the model wrote."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openclaw.channels.slack.content import edited, posted
from openclaw.channels.slack.emoji import emoji_of, name_of
from openclaw.channels.slack.limits import CAPABILITIES, MAX_EDIT_BYTES, MAX_MARKDOWN_CHARS, MAX_TEXT_CHARS
from openclaw.channels.slack.render import render_mrkdwn, without_calls_to_everybody
from openclaw.reply.plan import plan_replies
from tests.wire.slack.mrkdwn import parse


@pytest.mark.spec("C6", "C10")
@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("plain", "plain"),
        ("**bold** *italic* ~~gone~~ `code`", "*bold* _italic_ ~gone~ `code`"),
        ("***both***", "_*both*_"),
        ("这是**粗体**文字与`代码`。", "这是\u200b*粗体*\u200b文字与\u200b`代码`\u200b。"),
        ("un**believ**able, **yes**!", "un\u200b*believ*\u200bable, *yes*!"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("`a < b`", "`a &lt; b`"),
        ("```python\nif a < b: pass\n```", "```\nif a &lt; b: pass\n```"),
        ("[text](https://x.org/?a=1&b=2)", "<https://x.org/?a=1&amp;b=2|text>"),
        ("<https://x.org>", "<https://x.org|https://x.org>"),
        ("[**a** & b](https://x.org/a%7Cb|c)", "<https://x.org/a%7Cb%7Cc|*a* &amp; b>"),
        ("[file](docs/a.md)", "file (docs/a.md)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("# Title", "*Title*"),
        ("> quoted\n> more", "&gt; quoted\n&gt; more"),
        ("- > quoted", "• &gt; quoted"),
        ("- a\n  - b", "• a\n  • b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("| a | bb |\n|---|---|\n| 1 | 2 |", "```\na | bb\n--+---\n1 | 2\n```"),
        ("ask <@U0123ABCD> or @U0123ABCD in <#C0123ABCD>", "ask <@U0123ABCD> or <@U0123ABCD> in <#C0123ABCD>"),
        ("`<@U0123ABCD>`", "`&lt;@U0123ABCD&gt;`"),
        ("<!channel> <!everyone> <!subteam^S1>", "&lt;!channel&gt; &lt;!everyone&gt; &lt;!subteam^S1&gt;"),
        ("a@U0123ABCD.org and @ada", "a@U0123ABCD.org and @ada"),
        ("", ""),
        ("[only]: http://a.link.definition", "[only]: http://a.link.definition"),
    ],
)
def test_rendering(markdown, mrkdwn):
    assert render_mrkdwn(markdown) == mrkdwn


PIECES = [
    "**", "*", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "![", "](",
    "<b>", "&amp;", "\n", "\n\n", "    ", "word", "\\", "<!channel>", "<@U0123ABCD>", "@U0123ABCD", "<#C0123ABCD>",
    "[a|b](http://c|d>e)", "[<@U0123ABCD>](http://c)", "[a]: <b>\n", "<http://x|y>",
]  # fmt: skip
#: Aligned it would be long.
WIDE = "| a | b |\n|-|-|\n" + "".join(f"| {'x' * (600 if i == 0 else 1)} | {i} |\n" for i in range(80))
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)


@settings(deadline=None)
@given(soup)
@example("[a\n**b](http://c) d**")
@example("[<@U0123ABCD> x](http://c)")
@example("- > **")
def test_any_markdown_renders_to_what_slack_takes_and_calls_nobody_else(markdown):
    rendered = render_mrkdwn(markdown)
    parse(rendered)
    assert "<!" not in rendered


@settings(max_examples=30, deadline=None)
@given(st.lists(soup | st.sampled_from(["& " * 900, "<" * 1500, WIDE]), max_size=6))
def test_every_chunk_of_any_reply_fits_into_a_message(parts):
    for chunk in plan_replies("\n\n".join(parts), CAPABILITIES):
        plain, buttoned, replaced = posted(chunk.text), posted(chunk.text, [("Yes", "y")]), edited(chunk.text)
        assert max(len(plain["text"]), len(buttoned["text"])) <= MAX_TEXT_CHARS
        assert len(replaced["text"].encode()) <= MAX_EDIT_BYTES
        for content in (plain, buttoned, replaced):
            for block in content.get("blocks", []):
                assert block["type"] != "markdown" or len(block["text"]) <= MAX_MARKDOWN_CHARS


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=30))
def test_words_are_never_lost(words):
    assert parse(render_mrkdwn(" ".join(words))).split() == words


def test_a_stream_wakes_nobody_who_was_not_named():
    assert without_calls_to_everybody("<!channel> <!DOCTYPE html>") == "<\u200b!channel> <!DOCTYPE html>"


@pytest.mark.parametrize(
    ("emoji", "name"),
    [
        ("👀", "eyes"),
        ("❤️", "heart"),
        ("👍", "+1"),
        (":party-crab:", "party-crab"),
        ("tada", "tada"),
        ("🫥", ""),
        ("", ""),
    ],
)
def test_emoji_have_names(emoji, name):
    assert name_of(emoji) == name


@pytest.mark.parametrize(
    ("name", "emoji"), [("thumbsup", "👍"), ("+1::skin-tone-2", "👍"), ("crab-rave", ":crab-rave:")]
)
def test_names_have_emoji(name, emoji):
    assert emoji_of(name) == emoji
