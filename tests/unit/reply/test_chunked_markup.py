"""What is bold, italic, struck out, code or a link stays so, wherever a text is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.reply.chunking import chunk_markdown
from openclaw.reply.text_measure import utf8_bytes, utf16_units


def styled(markdown: str) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    """Every character that can be seen, with what it is."""
    rich = parse_markdown(markdown)
    return [
        (char, frozenset((span.style, span.value) for span in rich.spans if span.start <= place < span.end))
        for place, char in enumerate(rich.text)
        if not char.isspace()
    ]


def rejoined(chunks: tuple[str, ...]) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    return [each for chunk in chunks for each in styled(chunk)]


def test_a_cut_goes_beside_a_span_rather_than_through_it():
    text = "Some words that come before it, and then **a few that are bold and belong together** at last."
    chunks = chunk_markdown(text, 70)
    assert chunks == (
        "Some words that come before it, and then",
        "**a few that are bold and belong together** at last.",
    )


def test_a_link_stays_whole_where_it_fits():
    link = "[the documentation of it](https://example.com/a/rather/long/address)"
    chunks = chunk_markdown(f"Some words that come before. See {link} for more.", 80)
    assert any(link in chunk for chunk in chunks)


@pytest.mark.parametrize("marks", ["**", "*", "_", "__", "~~", "`", "***"])
def test_a_long_span_is_closed_and_opened_again(marks):
    text = f"{marks}{' '.join(['word'] * 60)}{marks}"
    chunks = chunk_markdown(text, 80)
    assert len(chunks) > 3
    assert all(chunk.startswith(f"{marks}word") and chunk.endswith(f"word{marks}") for chunk in chunks)
    assert rejoined(chunks) == styled(text)


def test_a_long_link_is_a_link_in_every_piece():
    text = f"[{'label ' * 40}end](https://example.com/x)"
    chunks = chunk_markdown(text, 90)
    assert len(chunks) > 2
    assert rejoined(chunks) == styled(text)


def test_spans_in_spans_are_opened_in_their_order():
    text = "**" + "bold words *that are slanted now and again* " * 6 + "end**"
    chunks = chunk_markdown(text, 64)
    assert rejoined(chunks) == styled(text)


def test_a_hard_cut_through_a_word_keeps_its_style():
    text = f"**{'x' * 200}**"
    chunks = chunk_markdown(text, 64)
    assert rejoined(chunks) == styled(text)
    assert all(len(chunk) <= 64 for chunk in chunks)


def test_marks_that_are_not_matched_are_text():
    text = "2 * 3 = 6 and 4 * 5 = 20, snake_case_names stay, and **this never ends. " * 4
    chunks = chunk_markdown(text, 80)
    assert "".join("".join(chunks).split()) == "".join(text.split())


TABLE = "| name | what it is |\n|---|---|\n" + "\n".join(f"| row {n} | value number {n} |" for n in range(6))


def test_a_table_that_fits_stays_whole():
    chunks = chunk_markdown(f"{'Words before it. ' * 8}\n\n{TABLE}\n\n{'Words after it. ' * 8}", 240)
    assert TABLE in chunks or any(TABLE in chunk for chunk in chunks)


def test_a_table_that_does_not_fit_is_cut_between_rows_under_its_head():
    chunks = chunk_markdown(TABLE, 120)
    assert len(chunks) > 1
    assert all(chunk.startswith("| name | what it is |\n|---|---|\n| row") for chunk in chunks)
    rows = [line for chunk in chunks for line in chunk.split("\n")[2:]]
    assert rows == TABLE.split("\n")[2:]


def test_lines_with_bars_in_code_are_no_table():
    text = "```\n" + "\n".join(["a | b", "--|--"] * 20) + "\n```"
    chunks = chunk_markdown(text, 100)
    assert [line for chunk in chunks for line in chunk.split("\n")[1:-1]] == text.split("\n")[1:-1]


def test_every_paragraph_may_be_a_message_of_its_own():
    text = "One.\n\nTwo\nlines.\n\n```\ncode\n\nwith a gap\n```\n\n\nThree."
    assert chunk_markdown(text, 64, mode="newline") == ("One.", "Two\nlines.", "```\ncode\n\nwith a gap\n```", "Three.")


def test_a_long_paragraph_is_cut_by_its_length_as_well():
    assert [len(chunk) for chunk in chunk_markdown("a\n\n" + "x" * 100, 64, mode="newline")] == [1, 64, 36]


word = st.text("abcdefgé中😀", min_size=1, max_size=14)
words = st.lists(word, min_size=1, max_size=12).map(" ".join)
address = st.text("abc/", min_size=1, max_size=24).map(lambda path: f"https://example.com/{path}")
simple = st.one_of(
    words,
    words.map(lambda w: f"*{w}*"),
    words.map(lambda w: f"~~{w}~~"),
    words.map(lambda w: f"`{w}`"),
    st.tuples(words, address).map(lambda link: f"[{link[0]}]({link[1]})"),
)
inline = st.one_of(simple, st.lists(simple, min_size=1, max_size=4).map(lambda parts: f"**{' '.join(parts)}**"))
paragraph = st.lists(inline, min_size=1, max_size=6).map(" ".join)
styled_document = st.lists(
    st.one_of(
        paragraph, st.lists(paragraph, min_size=1, max_size=4).map(lambda i: "\n".join(f"- {each}" for each in i))
    ),
    min_size=1,
    max_size=4,
).map("\n\n".join)


@settings(deadline=None)
@given(
    styled_document,
    st.integers(80, 300),
    st.sampled_from([len, utf16_units, utf8_bytes]),
    st.sampled_from(["length", "newline"]),
)
def test_wherever_a_text_is_cut_every_character_keeps_its_style_and_every_chunk_fits(text, limit, measure, mode):
    chunks = chunk_markdown(text, limit, measure=measure, mode=mode)
    assert all(measure(chunk) <= limit and chunk.strip() for chunk in chunks)
    assert [each for each in rejoined(chunks) if each[0] != "•"] == [each for each in styled(text) if each[0] != "•"]


@given(st.text("*_~`[]() ab\n|-:.\\", max_size=500), st.integers(64, 200), st.sampled_from(["length", "newline"]))
def test_marks_in_any_disorder_fit_and_nothing_between_them_is_lost(text, limit, mode):
    chunks = chunk_markdown(text, limit, mode=mode)
    assert all(len(chunk) <= limit for chunk in chunks)
    letters = [char for chunk in chunks for char in chunk if char in "ab"]
    wanted = [char for char in text if char in "ab"]
    assert letters == wanted or len(letters) > len(wanted)
