"""An edit changes exactly what it names, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.text_edits import Edit, EditRefused, apply_edits, difference


def test_edits_are_made_in_order() -> None:
    assert apply_edits("a b", [Edit("a", "c"), Edit("c b", "done")]) == "done"


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ([Edit("", "x")], "old_text is empty"),
        ([Edit("one", "one")], "are the same"),
        ([Edit("three", "x")], "does not stand in the file"),
        ([Edit("def walk(self)", "x")], r"The nearest line is 3: 'def walk\(\):'"),
        ([Edit("t", "x")], "stands in the file 2 times"),
        ([Edit("one", "1"), Edit("nothing", "x")], "Edit 2: old_text does not stand"),
    ],
)
def test_an_edit_that_does_not_fit_says_why(edits: list[Edit], why: str) -> None:
    with pytest.raises(EditRefused, match=why):
        apply_edits("one two\nto be\ndef walk():\n", edits)


def test_a_file_keeps_its_line_ends() -> None:
    assert apply_edits("a\r\nb\r\nc", [Edit("a\nb", "x\ny")]) == "x\r\ny\r\nc"


@given(st.text("ab\n", min_size=1, max_size=40), st.text("ab\n", min_size=1, max_size=4), st.text("abc\n", max_size=4))
def test_what_is_replaced_everywhere_is_what_text_replacement_gives(text: str, old: str, new: str) -> None:
    if old in text and old != new:
        assert apply_edits(text, [Edit(old, new, everywhere=True)]) == text.replace(old, new)


def test_a_long_difference_is_cut() -> None:
    assert "+y" in difference("x\n", "y\n", "f")
    assert "left out" in difference("", "line\n" * 9_000, "f")
