"""Which specification rows the tests show: checks the ids of ``@pytest.mark.spec`` and records the outcomes.

A row counts as shown by integration, end-to-end and chaos tests only. ``--spec-report=FILE`` writes what ran, as JSON:
``{"tests": [{"id", "rows", "counts", "outcome"}]}``. The rows themselves live in docs/specification.md.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

COUNTING_FOLDERS = frozenset({"integration", "e2e", "chaos"})
SPECIFICATION = Path(__file__).resolve().parents[2] / "docs" / "specification.md"
_ROW = re.compile(r"^\|\s*([A-K][0-9]{1,2})\s*\|\s*(.+?)\s*\|\s*$")


def read_rows(path: Path = SPECIFICATION) -> dict[str, str]:
    """The specification's rows by id, in the document's order."""
    matches = (_ROW.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("specification")
    group.addoption("--spec-report", metavar="FILE", help="write which specification rows the tests show")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Recorder(config), "specification-recorder")


class _Recorder:
    """Collects the marks, then the worst outcome of each marked test."""

    def __init__(self, config: pytest.Config) -> None:
        self._target: str | None = config.getoption("--spec-report")
        self._tests_folder = SPECIFICATION.parents[1] / "tests"
        self._tests: dict[str, dict[str, object]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = read_rows()
        for item in items:
            rows = sorted({row for mark in item.iter_markers("spec") for row in mark.args})
            unknown = [row for row in rows if row not in known]
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: {', '.join(unknown)} not in {SPECIFICATION.name}")
            if rows:
                self._tests[item.nodeid] = {"rows": rows, "counts": self._counts(item), "outcome": "not run"}

    def _counts(self, item: pytest.Item) -> bool:
        if item.get_closest_marker("e2e"):
            return True
        try:
            folder = item.path.relative_to(self._tests_folder).parts[0]
        except ValueError:
            return False
        return folder in COUNTING_FOLDERS

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self._tests.get(report.nodeid)
        if test is None:
            return
        if report.when == "call" and test["outcome"] == "not run":
            # a strict expected failure reports "skipped": the row is not shown by it either
            test["outcome"] = report.outcome
        elif report.outcome != "passed":
            test["outcome"] = report.outcome

    def pytest_sessionfinish(self) -> None:
        if not self._target:
            return
        path = Path(self._target)
        path.parent.mkdir(parents=True, exist_ok=True)
        tests = [{"id": node, **facts} for node, facts in sorted(self._tests.items())]
        path.write_text(json.dumps({"tests": tests}, indent=1) + "\n", encoding="utf-8")
