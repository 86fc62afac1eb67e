"""`.ci/run` runs the suite and then the checks, and lets no skipped test through."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(__file__).resolve().parents[1]


def run_with(
    tmp_path: Path, closing: str, *, test_status: int = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a copy of the script with a ``make`` that prints pytest's closing line; the targets it was asked for."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    make = tmp_path / "tools" / "make"
    make.parent.mkdir()
    make.write_text(
        f'#!/bin/sh\necho "$1 OPENCLAW_CI=$OPENCLAW_CI" >>calls\n[ "$1" = test ] || exit 0\n'
        f'echo "...."\necho "{closing}"\nexit {test_status}\n'
    )
    make.chmod(0o755)
    environ = {**os.environ, "PATH": f"{make.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [tmp_path / ".ci" / "run"], cwd="/", env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    return done, (tmp_path / "calls").read_text().splitlines()


def test_the_suite_runs_strictly_and_then_the_checks(tmp_path: Path) -> None:
    done, calls = run_with(tmp_path, "12 passed in 3.45s")
    assert done.returncode == 0, done.stderr
    assert calls == ["test OPENCLAW_CI=1", "check OPENCLAW_CI=1"]
    assert done.stdout.splitlines()[-1] == "12 passed in 3.45s"


def test_a_skipped_test_fails_the_run(tmp_path: Path) -> None:
    done, _ = run_with(tmp_path, "11 passed, 1 skipped in 3.45s")
    assert done.returncode != 0
    assert "skipped" in done.stderr


def test_a_failing_suite_fails_the_run_and_shows_its_closing_line(tmp_path: Path) -> None:
    done, calls = run_with(tmp_path, "1 failed, 11 passed in 3.45s", test_status=1)
    assert done.returncode != 0
    assert [call.split()[0] for call in calls] == ["test"]
    assert done.stdout.splitlines()[-1] == "1 failed, 11 passed in 3.45s"


@pytest.mark.parametrize(
    ("body", "strict", "outcome"),
    [
        ("def test_it(): pytest.skip('no ngircd')", "1", "1 failed"),
        ("def test_it(): pytest.skip('no ngircd')", "", "1 skipped"),
        ("pytest.skip('no ngircd', allow_module_level=True)", "1", "1 error"),
        ("@pytest.mark.xfail(strict=True)\ndef test_it(): assert 0", "1", "1 xfailed"),
    ],
)
def test_a_skip_counts_as_a_failure_under_openclaw_ci(tmp_path: Path, body: str, strict: str, outcome: str) -> None:
    (tmp_path / "test_sample.py").write_text(f"import pytest\n\n{body}\n")
    # one process for the sample alone: it must not see this session's plugins
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SUITE.parent), "OPENCLAW_CI": strict}
    done = subprocess.run(
        [*command, tmp_path], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert outcome in done.stdout, done.stdout + done.stderr
