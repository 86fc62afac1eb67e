"""What memory is searched by: words, vectors, and both together."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.memory_ranking import SNIPPET_CHARS, fuse, snippet
from openclaw.domain.memory_vectors import cosine, differing, normalized, pack, signs, unpack
from openclaw.domain.memory_words import indexed_words, query_words

pytestmark = pytest.mark.spec("H7")

numbers = st.floats(-100, 100, allow_nan=False, width=32)
vectors = st.lists(numbers, min_size=1, max_size=40).filter(lambda v: math.hypot(*v) > 1e-3)


# --- words ----------------------------------------------------------------------------------------------------


def test_case_accents_and_marks_make_no_difference() -> None:
    assert query_words("Café CAFÉ, naïve! snake_case e-mail") == ("cafe", "naive", "snake", "case", "e", "mail")
    assert indexed_words("Straße **Größe**") == "strasse grosse"
    assert query_words("  ... ") == ()


def test_scripts_without_spaces_are_found_by_a_part_of_a_phrase() -> None:
    indexed = indexed_words("無線網路密碼是 tulip42").split()
    assert set(query_words("網路密碼")) <= set(indexed)
    assert set(query_words("密")) <= set(indexed)
    assert "tulip42" in indexed
    assert not set(query_words("路密網")) <= set(indexed)


@given(st.text(max_size=200))
def test_words_hold_nothing_that_a_query_language_could_take_for_its_own(text: str) -> None:
    assert all(char.isalnum() or char == " " for char in indexed_words(text) + " ".join(query_words(text)))


@given(st.text(max_size=60))
def test_what_is_indexed_is_found_by_itself(text: str) -> None:
    assert set(query_words(text)) <= set(indexed_words(text).split())


# --- vectors --------------------------------------------------------------------------------------------------


@given(vectors)
def test_a_vector_is_stored_with_length_one_and_read_as_it_was(vector: list[float]) -> None:
    one = normalized(vector)
    assert unpack(pack(one)) == one
    assert cosine(one, one) == pytest.approx(1, abs=1e-4)
    assert len(signs(one)) == (len(vector) + 7) // 8


@given(vectors, vectors)
def test_signs_differ_where_the_numbers_stand_on_different_sides(one: list[float], other: list[float]) -> None:
    size = min(len(one), len(other))
    a, b = one[:size], other[:size]
    counted = sum((x > 0) != (y > 0) for x, y in zip(a, b, strict=True))
    assert differing(int.from_bytes(signs(a)), int.from_bytes(signs(b))) == counted


@pytest.mark.parametrize("vector", [(), (0.0, 0.0), (math.nan,), (math.inf, 1.0)])
def test_a_vector_that_points_nowhere_is_refused(vector: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        normalized(vector)


def test_vectors_of_other_lengths_have_nothing_in_common() -> None:
    assert cosine(normalized((1.0, 0.0)), normalized((1.0,))) == 0


# --- both -----------------------------------------------------------------------------------------------------


def scores(*args: object) -> dict[int, float]:
    return {one.chunk_id: round(one.score, 3) for one in fuse(*args)}  # type: ignore[arg-type]


def test_both_searches_count_seven_to_three() -> None:
    assert scores([1, 2], {1: 0.5, 2: 1.0, 3: 0.9}) == {2: 0.85, 1: 0.65, 3: 0.63}
    assert [one.chunk_id for one in fuse([1, 2], {1: 0.5, 2: 1.0, 3: 0.9})] == [2, 1, 3]


def test_one_search_alone_counts_whole() -> None:
    assert scores([7, 8], None) == {7: 1.0, 8: 0.5}
    assert scores([7], {}) == {7: 1.0}
    assert scores([], {3: 0.4, 4: -0.2}) == {3: 0.4, 4: 0.0}


def test_a_chunk_whose_vector_is_still_to_come_is_judged_by_its_words() -> None:
    assert scores([5, 6], {6: 0.5}) == {5: 1.0, 6: 0.5}


@given(st.lists(st.integers(1, 50), unique=True, max_size=20), st.dictionaries(st.integers(1, 50), st.floats(-1, 1)))
def test_scores_lie_between_nothing_and_one_and_come_best_first(by_words: list[int], found: dict[int, float]) -> None:
    ranked = fuse(by_words, found)
    assert {one.chunk_id for one in ranked} == {*by_words, *found}
    assert all(0 <= one.score <= 1 for one in ranked)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_a_snippet_is_short_and_ends_with_a_word() -> None:
    assert snippet("short") == "short"
    cut = snippet("word " * 400)
    assert len(cut) <= SNIPPET_CHARS
    assert cut.endswith("word…")
    assert len(snippet("x" * 2000)) == SNIPPET_CHARS
