"""The command line in this process: quicker than a program of its own, where that makes no difference."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from openclaw.cli.main import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run ``openclaw`` with these arguments; keywords are environment variables."""
    home = tmp_path / "user"
    home.mkdir()

    def run(*arguments: str, stdin: str = "", **variables: str) -> Done:
        for name in ("OPENCLAW_GATEWAY_URL", "OPENCLAW_GATEWAY_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"HOME": str(home), **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["openclaw", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run
