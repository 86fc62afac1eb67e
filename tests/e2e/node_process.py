"""A real node host: a machine of its own as far as files go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stack import ROOT, clean_environment


@dataclass
class NodeProcess:
    """A home, and ``openclaw node`` in it."""

    home: Path
    url: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        found = clean_environment(self.home)
        return {**found, "OPENCLAW_GATEWAY_URL": self.url, "OPENCLAW_GATEWAY_TOKEN": self.token}

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "openclaw.cli.main", "node", *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The node host for the length of a ``with``; its log is ``node.log`` in its home."""
        with (self.home / "node.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "openclaw.cli.main", "node", "run", *arguments],
                env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    @property
    def log(self) -> str:
        return (self.home / "node.log").read_text()
