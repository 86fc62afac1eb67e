"""Markdown becomes what Discord shows, and everything else means only itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channels.discord.limits import CAPABILITIES, MAX_MESSAGE_CHARS
from openclaw.channels.discord.outbound import content_of
from openclaw.channels.discord.render import escaped, render_discord
from openclaw.reply.plan import plan_replies


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("plain", "plain"),
        ("**bold** *italic* _italic_ ~~gone~~", "**bold** *italic* *italic* ~~gone~~"),
        ("***both***", "***both***"),
        ("`a < b`", "`a < b`"),
        ("`` a ` b ``", "a \\` b"),
        ("```python\nif a < b: pass\n```", "```python\nif a < b: pass\n```"),
        ("````\n```\n````", "```\n``\u2060`\n```"),
        ('```x"y\ncode\n```', "```\ncode\n```"),
        ("[text](https://x.org/?a=1&b=2)", "[text](https://x.org/?a=1&b=2)"),
        ("[text](https://x.org/a_(b))", "[text](https://x.org/a_%28b%29)"),
        ("<https://x.org/a_b>", "https://x.org/a_b"),
        ("see https://x.org/a_b_c, and d_e", "see https://x.org/a_b_c, and d\\_e"),
        ("[file](docs/a_b.md)", "file (docs/a\\_b.md)"),
        ("[ada@x.org](mailto:ada@x.org)", "ada@x.org"),
        ("![alt](https://x.org/i.png)", "[alt](https://x.org/i.png)"),
        ("# Title", "**Title**"),
        ("> quoted\n> more", "> quoted\n> more"),
        ("> a\n>\n> b", "> a\n> \n> b"),
        ("- a\n- b", "• a\n• b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("| a | bb |\n|---|---|\n| 1 | 2 |", "```\na | bb\n--+---\n1 | 2\n```"),
        ("2 * 3 * 4 ||x|| __u__ \\*", "2 \\* 3 \\* 4 \\|\\|x\\|\\| **u** \\*"),
        ("\\# no title\n\\- no list\n\\> no quote", "\\# no title\n\\- no list\n\\> no quote"),
        ("<@1> <@&2> <#3> <:e:4> <t:5> a < b", "\\<@1> \\<@&2> \\<#3> \\<:e:4> \\<t:5> a < b"),
        ("\\[x](http://y.z)", "\\[x\\](http://y.z)"),
        ("", ""),
    ],
)
def test_rendering(markdown, shown):
    assert render_discord(markdown) == shown


def test_what_would_be_too_long_or_nothing_leaves_as_it_was_written():
    assert content_of("a_ " * 600) == "a_ " * 600
    assert content_of("[a]: <b>") == "[a]: <b>"


PIECES = [
    "**", "*", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "![",
    "](", "<@1>", "||", "\n", "\n\n", "    ", "word", "\\", "https://a.b/c_d", "\t", "[a]: <b>\n", "\U0001f600",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)


@given(soup.map(lambda text: text * 40) | soup)
@settings(max_examples=40, deadline=None)
def test_every_chunk_of_any_reply_fits_into_a_message(markdown):
    for chunk in plan_replies(markdown, CAPABILITIES):
        content = content_of(chunk.text)
        assert len(content.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_MESSAGE_CHARS
        assert content.strip() or not chunk.text.strip()


@given(st.text(alphabet="ab*_~`|[]<>@#-+\\ \n", max_size=60))
def test_taking_the_escapes_away_gives_the_text(text):
    undone = []
    skip = False
    for char in escaped(text):
        if char == "\\" and not skip:
            skip = True
            continue
        undone.append(char)
        skip = False
    assert "".join(undone) == text
