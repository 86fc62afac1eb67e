"""Which of several named things is meant."""

from __future__ import annotations

import pytest

from openclaw.domain.naming import meant_by

KNOWN = [("abc1", "desk"), ("abd2", "shelf"), ("abc12", "abc1"), ("ffff", None), ("eeee", "desk")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ffff", ["ffff"]),
        ("shelf", ["abd2"]),
        ("ff", ["ffff"]),
        ("abd", ["abd2"]),
        ("desk", ["abc1", "eeee"]),
        ("abc1", ["abc1", "abc12"]),
        ("ab", ["abc1", "abd2", "abc12"]),
        ("des", []),
        ("", []),
    ],
)
def test_an_id_or_a_name_in_full_wins_over_how_an_id_begins(wanted: str, found: list[str]) -> None:
    assert meant_by(wanted, KNOWN) == found
