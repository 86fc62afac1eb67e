"""``openclaw outbox`` at a real gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.coordination.memory_stream import MemoryRunStream
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "K4")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "gateway").mkdir()
    with serving(Desk(MemoryRunStream(tick_seconds=0.05)), tmp_path / "gateway") as running:
        yield running


def test_rows_are_listed_shown_dropped_and_sent_again(
    served: Served, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.ws.methods.send.WAIT_SECONDS", 0.0)

    def run(*arguments: str) -> Done:
        url = f"ws://127.0.0.1:{served.port}"
        return cli(*arguments, OPENCLAW_GATEWAY_URL=url, OPENCLAW_GATEWAY_TOKEN=TOKEN)

    assert run("outbox", "list").out == "There are no such rows.\n"
    run("message", "send", "-t", "42", "-m", "hello", "--key", "k")
    (row,) = json.loads(run("outbox", "list", "--json").out)["rows"]
    assert (row["state"], row["channel"], row["to"], row["text"]) == ("pending", "twin", "42", "hello")
    assert "hello" in run("outbox", "list", "--channel", "twin").out
    assert json.loads(run("outbox", "list", "--channel", "pigeon", "--json").out) == {"rows": []}

    number = str(row["id"])
    assert run("outbox", "drop", number).out == f"row {number} is failed\n"
    assert "error: dropped by an operator\n" in run("outbox", "show", number).out
    assert f"outbox row {number} is failed: it cannot be dropped" in run("outbox", "drop", number).err
    assert json.loads(run("outbox", "retry", number, "--json").out)["row"]["state"] == "pending"
    assert "there is no outbox row 999" in run("outbox", "show", "999").err
    assert json.loads(run("outbox", "list", "--state", "failed", "--json").out) == {"rows": []}
    assert "look" in run("outbox", "list", "--limit", "1").out
