"""``make spec``: every row of the specification with the tests that show it.

Reads what the plugin ``tests.plugins.spec`` recorded. A row is shown when at least one counting test names it and every
counting test that names it has passed; anything else is open.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.spec import read_rows

_PARAMETERS = re.compile(r"\[.*\]$")


@dataclass(frozen=True, slots=True)
class Shown:
    """One row and the tests that name it, with the outcome of each."""

    row: str
    text: str
    #: Test without its parameters → ``passed``, or the first other outcome of its cases.
    tests: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        return not self.tests or any(outcome != "passed" for outcome in self.tests.values())


def summarize(rows: Mapping[str, str], tests: Sequence[Mapping[str, object]]) -> list[Shown]:
    """Join the rows with what ran."""
    found: dict[str, dict[str, str]] = {row: {} for row in rows}
    for test in tests:
        if not test["counts"]:
            continue
        name, outcome = _PARAMETERS.sub("", str(test["id"])), str(test["outcome"])
        for row in test["rows"]:  # type: ignore[attr-defined]
            if found[row].get(name, "passed") == "passed":
                found[row][name] = outcome
    return [Shown(row, text, found[row]) for row, text in rows.items()]


def render(shown: Sequence[Shown]) -> str:
    """The report as text, the open rows once more at the end."""
    lines = []
    for row in shown:
        lines.append(f"{'open ' if row.is_open else 'shown'}  {row.row:<4} {row.text}")
        lines += [f"             {outcome:<8} {name}" for name, outcome in sorted(row.tests.items())]
    missing = [row.row for row in shown if row.is_open]
    lines += ["", f"{len(shown) - len(missing)} of {len(shown)} rows shown; open: {' '.join(missing) or 'none'}"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="what pytest wrote with --spec-report")
    parser.add_argument("--strict", action="store_true", help="fail when a row is open")
    options = parser.parse_args(arguments)
    recorded = json.loads(options.report.read_text(encoding="utf-8"))
    shown = summarize(read_rows(), recorded["tests"])
    print(render(shown))
    failing = any(outcome == "failed" for row in shown for outcome in row.tests.values())
    return int(failing or (options.strict and any(row.is_open for row in shown)))


if __name__ == "__main__":
    sys.exit(main())
