"""A gateway process beside those of a stack."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import urlopen

from tests.stack import ROOT, Stack, free_port
from tests.waiting import wait_until


@dataclass
class Gateway:
    """A gateway process beside those of the stack."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def another_gateway(stack: Stack) -> Iterator[Gateway]:
    port = free_port()
    with (stack.home / "logs" / f"gateway-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "openclaw.cli.main", "gateway", "run", "--port", str(port)],
            env=stack.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    gateway = Gateway(process, port)
    try:
        wait_until(lambda: _is_ready(port), 30, what="the second gateway")
        yield gateway
    finally:
        gateway.kill()


def _is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status)
    except OSError:
        return False
