"""The command line as a user runs it: a process, in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.cli.fake_gateway import TOKEN, FakeGateway

Run = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = (sys.executable, "-m", "openclaw.cli.main")


@pytest.fixture
def user_home() -> Iterator[Path]:
    """A short path: Unix sockets must fit below it."""
    folder = Path(tempfile.mkdtemp(prefix="oc-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environ(user_home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(user_home), "PYTHONPATH": str(Path(__file__).resolve().parents[3])}


@pytest.fixture
def run(environ: dict[str, str], user_home: Path) -> Run:
    """Run ``openclaw`` to its end."""

    def run_(*arguments: str, stdin: str = "", program: tuple[str, ...] = PROGRAM, **variables: str):
        return subprocess.run(
            [*program, *arguments],
            env={**environ, **variables},
            cwd=user_home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway()
    yield fake
    fake.close()


@pytest.fixture
def ask(run: Run, gateway: FakeGateway) -> Run:
    """Run ``openclaw`` against the fake gateway."""

    def ask_(*arguments: str, **options):
        options = {"OPENCLAW_GATEWAY_URL": gateway.url, "OPENCLAW_GATEWAY_TOKEN": TOKEN, **options}
        return run(*arguments, **options)

    return ask_
