"""Memory files in pieces: nothing is lost, no piece is too long, and a change leaves the pieces before it alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openclaw.domain.memory_chunks import CHUNK_CHARS, OVERLAP_CHARS, chunk_markdown

pytestmark = pytest.mark.spec("H7")

words = st.text("abcdefghij", min_size=1, max_size=12)
lines = st.one_of(
    st.just(""),
    st.lists(words, max_size=30).map(" ".join),
    words.map(lambda word: f"## {word}"),
    st.integers(1, 5000).map(lambda count: "x" * count),
    st.sampled_from(["```", "~~~", "# not always a heading", "   ", "\tindented"]),
)
texts = st.lists(lines, max_size=80).map("\n".join)


@given(texts)
def test_every_word_of_every_line_is_in_a_chunk_that_names_the_line(text: str) -> None:
    chunks = chunk_markdown(text)
    for number, line in enumerate(text.split("\n"), 1):
        held = " ".join(chunk.text for chunk in chunks if chunk.first_line <= number <= chunk.last_line)
        for word in line.split():
            # A word that is longer than a chunk is cut.
            assert all(part in held for part in (word[:1000], word[-200:]))


@given(texts)
@example("\n".join(["x" * 3988, "", "a", "", "a", "x" * 163, "x" * 1279]))
def test_no_chunk_is_empty_or_longer_than_the_limit_and_they_stand_in_order(text: str) -> None:
    chunks = chunk_markdown(text)
    assert all(chunk.text.strip() and len(chunk.text) <= CHUNK_CHARS for chunk in chunks)
    ends = [(chunk.first_line, chunk.last_line) for chunk in chunks]
    assert all(first <= last for first, last in ends)
    assert ends == sorted(ends)


@given(texts, texts)
def test_what_is_added_to_a_file_changes_its_last_chunk_and_none_before(text: str, more: str) -> None:
    before, after = chunk_markdown(text), chunk_markdown(f"{text}\n{more}")
    assert after[: max(0, len(before) - 1)] == before[:-1]


def test_a_short_file_is_one_chunk_without_the_empty_lines_around_it() -> None:
    (chunk,) = chunk_markdown("\n\n# Rose\n\nLikes tea.\n\n")
    assert (chunk.first_line, chunk.last_line, chunk.text) == (3, 5, "# Rose\n\nLikes tea.")
    assert chunk_markdown(" \n\n") == ()


def test_a_long_section_is_cut_between_paragraphs_and_goes_on_with_its_last_lines() -> None:
    paragraphs = [f"{index} " + "word " * 50 for index in range(20)]
    chunks = chunk_markdown("\n\n".join(paragraphs))
    assert len(chunks) > 3
    for one, following in pairwise(chunks):
        shared = one.text.rpartition("\n\n")[2]
        assert following.text.startswith(shared)
        assert len(shared) <= OVERLAP_CHARS
        assert one.text.endswith("word")


def test_a_heading_in_code_is_no_heading() -> None:
    filler = "\n".join(["some words of a section"] * 30)
    code = chunk_markdown(f"{filler}\n```sh\n# comment\n```\n")
    assert len(code) == 1
    assert len(chunk_markdown(f"{filler}\n# Heading\n")) == 2
