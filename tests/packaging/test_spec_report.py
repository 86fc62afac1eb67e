"""`make spec` counts a row as shown only by passing integration, end-to-end and chaos tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.spec import read_rows
from tests.spec_report import main, render, summarize

ROWS = {"A1": "first", "A2": "second"}


def test_every_row_of_the_mission_is_in_the_document() -> None:
    last = {"A": 4, "B": 9, "C": 11, "D": 2, "E": 10, "F": 12, "G": 2, "H": 7, "I": 3, "J": 3, "K": 8}
    assert list(read_rows()) == [f"{letter}{n}" for letter, count in last.items() for n in range(1, count + 1)]


def test_a_row_without_a_test_is_open() -> None:
    assert [row.is_open for row in summarize(ROWS, [])] == [True, True]


def test_a_passing_test_shows_its_rows() -> None:
    shown = summarize(ROWS, [{"id": "t.py::a", "rows": ["A1"], "counts": True, "outcome": "passed"}])
    assert [row.is_open for row in shown] == [False, True]
    assert render(shown).splitlines()[-1] == "1 of 2 rows shown; open: A2"


def test_a_unit_test_shows_nothing() -> None:
    shown = summarize(ROWS, [{"id": "t.py::a", "rows": ["A1"], "counts": False, "outcome": "passed"}])
    assert shown[0].is_open


@pytest.mark.parametrize("outcome", ["failed", "skipped", "not run"])
def test_one_case_that_did_not_pass_leaves_the_row_open(outcome: str) -> None:
    cases = [
        {"id": "t.py::a[x]", "rows": ["A1"], "counts": True, "outcome": outcome},
        {"id": "t.py::a[y]", "rows": ["A1"], "counts": True, "outcome": "passed"},
    ]
    first = summarize(ROWS, cases)[0]
    assert first.is_open
    assert first.tests == {"t.py::a": outcome}


def test_open_rows_fail_only_when_asked_to(tmp_path: Path) -> None:
    report = tmp_path / "spec.json"
    report.write_text(json.dumps({"tests": []}))
    assert main([str(report)]) == 0
    assert main([str(report), "--strict"]) == 1
