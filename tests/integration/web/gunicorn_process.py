"""A gateway under gunicorn, as it is shipped, over ports kept in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.stack import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]


@contextmanager
def running_gunicorn(worker_class: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process and its port; a ``config.toml`` in the folder is followed and can be edited."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf"]
    command += ["-k", worker_class, "--threads", "64"] if worker_class == "gthread" else []
    home = {"TWIN_STATE_DIR": str(folder), "OPENCLAW_HOME": str(folder), "OPENCLAW_GATEWAY_PORT": str(port)}
    environ = {**os.environ, **home, "PYTHONPATH": os.pathsep.join(sys.path)}
    log = (folder / "gunicorn.log").open("wb")
    process = subprocess.Popen(
        [*command, "tests.integration.web.under_gunicorn:build()"], cwd=ROOT, env=environ, stdout=log, stderr=log
    )
    try:
        wait_until(lambda: _serves(port), what="the gateway under gunicorn")
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        log.close()
        text = (folder / "gunicorn.log").read_text()
        assert "Traceback" not in text, text
        assert "Warning" not in text, text


def _serves(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:  # raises for anything but 200
            return bool(answer.status)
    except OSError:
        return False
