"""When a replay is incomplete."""

from __future__ import annotations

import pytest

from openclaw.coordination.replaying import has_gap
from openclaw.domain.events import Cursor

START, OLDEST, NEWEST = Cursor(5, 1), Cursor(5, 10), Cursor(6, 4)


@pytest.mark.parametrize(
    ("after", "gap"),
    [
        (Cursor(5, 10), False),
        (Cursor(6, 1), False),
        (NEWEST, False),
        (Cursor(5, 9), False),
        (Cursor(5, 8), True),
        (START, True),
        (Cursor(4, 99), True),
        (Cursor(6, 5), True),
        (Cursor(7, 1), True),
        (Cursor(0, 0), True),
        (None, True),
    ],
)
def test_a_trimmed_stream(after: Cursor | None, gap: bool) -> None:
    assert has_gap(after, start=START, oldest=OLDEST, newest=NEWEST) is gap


@pytest.mark.parametrize("after", [None, Cursor(0, 0), START, NEWEST])
def test_a_whole_stream(after: Cursor | None) -> None:
    assert not has_gap(after, start=START, oldest=START, newest=NEWEST)
