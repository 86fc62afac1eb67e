from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import PROGRAM
from tests.waiting import wait_until


@pytest.mark.spec("A1")
def test_the_connector_says_what_it_holds_and_stops_when_told(environ, user_home):
    ready = user_home / "connector.ready"
    process = subprocess.Popen(
        [*PROGRAM, "connector"],
        env={**environ, "OPENCLAW_READY_FILE": str(ready)},
        cwd=user_home,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until(ready.exists, what="the connector is ready")
    title = Path(f"/proc/{process.pid}/cmdline").read_bytes().rstrip(b"\0")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "connector: accounts with a connection: none\nconnector: stopped\n" in output
    assert title == b"openclaw: connector"
