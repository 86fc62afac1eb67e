"""Local servers that stand in for the vendors."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack import ROOT, free_port


@contextlib.contextmanager
def local_server(module: str, probe: str, *arguments: str) -> Iterator[str]:
    """Run a wire server in a process of its own; its URL."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", str(port), *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}{probe}", timeout=1).close()
                break
            assert process.poll() is None, f"{module} ended"
            assert time.monotonic() < deadline, f"{module} did not start"
        yield url
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def bot_api() -> Iterator[str]:
    with local_server("tests.wire.telegram.server", "/_sent") as url:
        yield url


@contextlib.contextmanager
def model(tokens: int, delay: float) -> Iterator[str]:
    with local_server("tests.wire.openai.server", "/stats", "--tokens", str(tokens), "--delay", str(delay)) as url:
        yield url


def sent_messages(url: str) -> list[dict[str, Any]]:
    """What the Bot API was asked to send."""
    with urllib.request.urlopen(f"{url}/_sent", timeout=5) as response:
        body = json.load(response)
    return list(body["messages"] if isinstance(body, dict) else body)


@pytest.fixture(scope="module")
def bot_api_url() -> Iterator[str]:
    with bot_api() as url:
        yield url
