"""Processes of their own that file the same strangers at once: the places and the codes stay what they are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from openclaw.domain.sender_pairing import MAX_PENDING
from openclaw.store import Database
from openclaw.store.migrate import upgrade
from openclaw.store.repositories.senders import SqlSenderStore

pytestmark = pytest.mark.spec("I1")

ROOT = Path(__file__).resolve().parents[3]
NOW_MS = 1_800_000_000_000
PROCESSES = 3

#: Waits for a line, so that all begin at once.
ASK = f"""
import json, sys, uuid
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.sender_pairing import SenderRequest
from openclaw.store.database import Database
from openclaw.store.repositories.senders import SqlSenderStore
store = SqlSenderStore(Database.connect(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
found = []
for n in range(20):
    sender = str(n % 5)
    request = SenderRequest(str(uuid.uuid4()), "irc", "default", sender, "", route=ReplyRoute("irc", "default", sender),
                            created_at_ms={NOW_MS}, last_seen_at_ms={NOW_MS})
    asked = store.ask(request, lambda r: r.code, f"pairing:{{uuid.uuid4()}}")
    found.append((sender, asked.asking.value, asked.request.code if asked.request else ""))
print(json.dumps(found), flush=True)
"""


def test_processes_at_once_give_no_fourth_place_and_no_second_code(empty_url: str) -> None:
    database = Database.connect(empty_url)
    upgrade(database)
    command = [sys.executable, "-c", ASK, empty_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _ in range(PROCESSES)]  # type: ignore[call-overload]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [each for process in running for each in json.loads(process.communicate(timeout=60)[0])]
    assert [asking for _, asking, _ in found].count("new") == MAX_PENDING
    codes = {sender: {code for other, _, code in found if other == sender and code} for sender, _, _ in found}
    assert sorted(len(each) for each in codes.values()) == [0, 0, 1, 1, 1]
    assert len(SqlSenderStore(database).requests(NOW_MS)) == MAX_PENDING
    database.close()
