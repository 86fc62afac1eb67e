"""Die exactly between two durable effects, every pair of them: nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest

from openclaw.domain.crash_points import CrashPoint
from tests.chaos.config import chaos_config
from tests.chaos.conftest import sent_messages
from tests.chaos.ledger import Ledger
from tests.chaos.storm import until
from tests.stack import Stack, running_stack

DEMO = '[agents.defaults]\nmodel = "demo/echo"\n'


@pytest.fixture(scope="module")
def stack(bot_api_url: str) -> Iterator[Stack]:
    config = chaos_config("http://127.0.0.1:9", bot_api_url).replace("mock/mock-1", "demo/echo")
    with running_stack(config, OPENCLAW_CRASH_POINTS="1") as running:
        workspace = running.home / "workspace"
        workspace.mkdir(exist_ok=True)
        (workspace / "fact.txt").write_text("water is wet")
        yield running


def post(stack: Stack, update_id: int, text: str) -> bool:
    update = {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": 1_790_000_000,
            "chat": {"id": update_id, "type": "private", "first_name": "Ada"},
            "from": {"id": update_id, "is_bot": False, "first_name": "Ada"},
            "text": text,
        },
    }
    request = urllib.request.Request(
        f"{stack.url}/webhooks/telegram/default",
        data=json.dumps(update).encode(),
        headers={"content-type": "application/json", "x-telegram-bot-api-secret-token": "hook-secret"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.mark.spec("K1", "K4", "E2")
@pytest.mark.parametrize("point", list(CrashPoint), ids=lambda p: p.value)
def test_a_process_that_dies_there_loses_and_doubles_nothing(stack: Stack, bot_api_url: str, point: CrashPoint):
    chat = 700_000 + list(CrashPoint).index(point)
    marker = stack.home / "run" / f"crash-at-{point.value}"
    marker.touch()
    # The platform sends its update again until it hears 200, as Telegram does.
    until(lambda: post(stack, chat, 'look [[tool:read {"path": "fact.txt"}]]'), 60, "webhook")
    until(lambda: not marker.exists(), 60, f"nobody died at {point.value}")
    ledger = Ledger(stack.home / "openclaw.db")
    until(lambda: ledger.unfinished() == 0, 60, "settling")

    inbound = ledger.query("SELECT * FROM inbound WHERE source_key = ?", f"telegram:default:{chat}")
    assert [(row["disposition"], row["open"]) for row in inbound] == [("turn", 0)]
    run = ledger.query("SELECT * FROM runs WHERE run_id = ?", inbound[0]["turn_run_id"])[0]
    assert run["status"] == "succeeded"
    entries = ledger.query("SELECT role FROM transcript WHERE run_id = ? ORDER BY seq", run["run_id"])
    assert [e["role"] for e in entries] == ["user", "assistant", "tool", "assistant"]
    sent = [m for m in sent_messages(bot_api_url) if str(m.get("chat_id")) == str(chat)]
    state = ledger.query("SELECT state FROM outbox WHERE run_id = ?", run["run_id"])[0]["state"]
    if point in {CrashPoint.OUTBOX_AFTER_CLAIM, CrashPoint.OUTBOX_AFTER_SEND}:
        # Nobody can know whether the request left: it is flagged, never sent blindly again.
        assert state == "unknown"
        assert len(sent) <= 1
    else:
        assert state == "sent"
        assert len(sent) == 1
        assert "water is wet" in sent[0]["text"]
