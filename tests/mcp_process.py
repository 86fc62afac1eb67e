"""The MCP stand-in as a process at an address. Apart from it, because the official SDK takes a second to import."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import ROOT
from tests.waiting import wait_until


@contextmanager
def at_a_port(kind: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the stand-in, once it answers there; ``kind`` is ``http`` or ``sse``."""
    command = [sys.executable, "-m", "tests.mcp_server", kind, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(answers, what="the server listens")
        yield process
    finally:
        process.kill()
        process.wait()
