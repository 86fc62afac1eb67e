"""``openclaw message send`` at a real gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "F6")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "gateway").mkdir()
    with serving(Desk(), tmp_path / "gateway") as running:
        yield running


def test_a_message_is_sent_once_per_key(served: Served, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.ws.methods.send.WAIT_SECONDS", 0.0)

    def run(*arguments: str, **options: str) -> Done:
        url = f"ws://127.0.0.1:{served.port}"
        given = {"OPENCLAW_GATEWAY_URL": url, "OPENCLAW_GATEWAY_TOKEN": TOKEN, **options}
        return cli("message", "send", "-t", "42", *arguments, **given)

    assert run("-m", "hello", "--key", "k").out == "on its way to 42 on twin; --key k tells later how it went\n"
    assert json.loads(run("-m", "-", "--key", "k", "--json", stdin="hello").out)["status"] == "queued"
    assert "another message" in run("-m", "other", "--key", "k").err
    assert json.loads(run("-m", "hello", "--dry-run").out)["to"] == "42"
    assert "unknown channel: pigeon" in run("-m", "hello", "--channel", "pigeon").err
