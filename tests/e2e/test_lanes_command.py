"""An operator sees who holds a lane, and changes how much may run at once, while it runs."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.stack import Client, Stack
from tests.waiting import wait_until


def lanes(stack: Stack) -> list[dict[str, object]]:
    done = stack.cli("lanes", "--json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout)["lanes"])


@pytest.mark.spec("E2")
def test_the_holder_of_a_lane_and_its_queue_are_shown(stack: Stack, client: Client):
    key = f"agent:main:lanes-{uuid.uuid4()}"
    slow = client.say("[[slow:40]] story", key)
    later = client.say("later", key, queueMode="followup")

    def row() -> dict[str, object] | None:
        return next(
            (r for r in lanes(stack) if r["session"] == key and r["state"] == "running"),
            None,
        )

    found = wait_until(row)
    assert (found["run"], found["pending"]) == (slow, 2)
    assert found["owner"]
    client.call("chat.abort", sessionKey=key, runId=slow)
    client.final(later)


@pytest.mark.spec("E2")
def test_a_limit_is_changed_live(stack: Stack, client: Client):
    assert stack.cli("lanes", "limit", "main", "1").returncode == 0
    try:
        first_key = f"agent:main:limit-{uuid.uuid4()}"
        first = client.say("[[slow:40]] long", first_key)
        client.wait_event(
            lambda e: e["event"] == "chat" and e["payload"]["runId"] == first and e["payload"]["state"] == "delta"
        )
        second_key = f"agent:main:limit-{uuid.uuid4()}"
        second = client.say("waits for the slot", second_key)
        wait_until(lambda: any(r["session"] == second_key and r["state"] == "ready" for r in lanes(stack)))
        assert stack.cli("lanes", "limit", "main", "2").returncode == 0
        client.final(second)
        assert not any(e["event"] == "chat" and e["payload"].get("state") == "final" and e["payload"]["runId"] == first
                       for e in client.events)  # fmt: skip
        client.call("chat.abort", sessionKey=first_key, runId=first)
    finally:
        stack.cli("lanes", "limit", "main", "32", "--reserved", "1")
