"""Markdown becomes the HTML that Telegram takes, whatever the model wrote."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openclaw.channels.telegram.render import render_html, visible_text
from tests.wire.telegram.html_subset import parse


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("plain", "plain"),
        ("**bold** *italic* ~~gone~~", "<b>bold</b> <i>italic</i> <s>gone</s>"),
        ("***both***", "<i><b>both</b></i>"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<b>raw</b> <script>", "&lt;b&gt;raw&lt;/b&gt; &lt;script&gt;"),
        ("```python\nif a < b: pass\n```", '<pre><code class="language-python">if a &lt; b: pass</code></pre>'),
        ("```\ncode\n```", "<pre>code</pre>"),
        ('```x"y\ncode\n```', "<pre>code</pre>"),
        ("[text](https://x.org/?a=1&b=2)", '<a href="https://x.org/?a=1&amp;b=2">text</a>'),
        ("<https://x.org>", '<a href="https://x.org">https://x.org</a>'),
        ("[mention](tg://user?id=42)", '<a href="tg://user?id=42">mention</a>'),
        ("[file](docs/a.md)", "file (docs/a.md)"),
        ("![alt](https://x.org/i.png)", '<a href="https://x.org/i.png">alt</a>'),
        ("[![alt](https://x.org/i.png)](https://x.org)", '<a href="https://x.org">alt</a>'),
        ("# Title", "<b>Title</b>"),
        ("> quoted\n> more", "<blockquote>quoted\nmore</blockquote>"),
        ("> a\n> > b", "<blockquote>a\n\nb</blockquote>"),
        ("- a\n- b", "• a\n• b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n  - b\n    - c", "• a\n  • b\n    • c"),
        ("1. a\n\n   more\n2. b", "1. a\n   more\n2. b"),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("---", "———"),
        ("| a | bb |\n|---|---|\n| 1 | 2 & 3 |", "<pre>a | bb\n--+------\n1 | 2 &amp; 3</pre>"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("", ""),
    ],
)
def test_rendering(markdown, html):
    assert render_html(markdown) == html
    parse(html)


def test_javascript_is_no_link():
    assert "<a" not in render_html("[x](javascript:alert(1))")


def test_code_in_a_list_keeps_its_columns():
    html = render_html("- run\n  ```sh\n  if x; then\n    y\n  fi\n  ```")
    assert html == '• run\n<pre><code class="language-sh">if x; then\n  y\nfi</code></pre>'


def test_the_visible_text_is_what_telegram_counts():
    assert visible_text("<b>a &lt; b</b>") == "a < b"


PIECES = [
    "**", "*", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "| a | b |\n|--|--|\n", "[x](http://y.z)", "![",
    "](", "<b>", "</b>", "&amp;", "<!-- -->", "\n", "\n\n", "    ", "word", "\\", "<a href='x'>", "\t", "[a]: <b>\n",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)


@given(soup)
@example("> - > - **a\n> ```\n> b")
@example("[a **b](http://c) d**")
def test_any_markdown_renders_to_markup_telegram_can_parse(markdown):
    html = render_html(markdown)
    assert parse(html) == visible_text(html)


@given(st.text(max_size=200))
def test_any_text_renders_to_markup_telegram_can_parse(text):
    parse(render_html(text))


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=30))
def test_words_are_never_lost(words):
    assert visible_text(render_html(" ".join(words))).split() == words
