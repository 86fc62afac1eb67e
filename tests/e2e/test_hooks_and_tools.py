"""Calls from outside on a real stack: hooks with their summary, wakes, and single tools."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from openclaw.domain.crash_points import CrashPoint
from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, SHORT_LEASES, WHOLE_REPLIES, telegram
from tests.stack import ROOT, Client, Stack, running_stack
from tests.waiting import wait_until
from tests.wire.telegram.server import BotApiServer

HOOK_TOKEN = "hook-token-of-the-test"
MAIN = "agent:main:main"
HOOKS = f"""
[hooks]
enabled = true
token = "{HOOK_TOKEN}"
[[hooks.mappings]]
match = {{ path = "ci", fields = {{ state = "failed" }} }}
name = "ci"
message_template = "Build {{{{build.number}}}} failed: {{{{build.steps[0].log}}}}"
wake_mode = "next-heartbeat"
deliver = false
"""
MCP = f"""
[mcp.servers.stand-in]
command = "{sys.executable}"
args = ["-m", "tests.mcp_server"]
cwd = "{ROOT}"
[gateway.tools]
allow = ["stand-in__echo"]
"""


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture(scope="module")
def stack(bot: BotApiServer) -> Iterator[Stack]:
    config = SHORT_LEASES + ONE_BY_ONE + WHOLE_REPLIES + HOOKS + MCP + telegram(bot.url)
    with running_stack(config, OPENCLAW_CRASH_POINTS="1") as running:
        yield running


@pytest.fixture
def ledger(stack: Stack) -> Ledger:
    """The database, once whatever an earlier test has begun is over."""
    found = Ledger(stack.home / "openclaw.db")
    owed = "SELECT count(*) AS n FROM system_events WHERE wake"
    wait_until(lambda: found.unfinished() == 0 and found.query(owed)[0]["n"] == 0, timeout=60, what="the stack is idle")
    return found


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    connected = stack.client()
    yield connected
    connected.close()


def post(stack: Stack, path: str, body: Any, token: str = HOOK_TOKEN, **headers: str) -> tuple[int, dict[str, Any]]:
    """Call the gateway; it may be away for a moment when a test has killed it."""
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"{stack.url}{path}", json.dumps(body).encode(), sent)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


def summary(ledger: Ledger, run_id: str) -> dict[str, Any]:
    """The event by which the main session hears of a run's end."""
    rows = wait_until(
        lambda: ledger.query("SELECT * FROM system_events WHERE key = ?", f"run:{run_id}:end"),
        timeout=40,
        what="the summary",
    )
    return dict(rows[0])


def heard(ledger: Ledger, event: dict[str, Any]) -> str:
    """What the turn that heard of an event was begun with."""
    rows = wait_until(
        lambda: ledger.query(
            "SELECT t.blocks FROM transcript t JOIN system_events e ON e.run_id = t.run_id"
            " WHERE e.id = ? AND t.role = 'user'",
            event["id"],
        ),
        timeout=40,
        what="a turn hears of it",
    )
    return str(json.loads(rows[0]["blocks"])[0]["text"])


def run_of(ledger: Ledger, run_id: str) -> dict[str, Any]:
    return dict(ledger.query("SELECT * FROM runs WHERE run_id = ?", run_id)[0])


@pytest.mark.spec("B1", "E1", "K4")
def test_a_hook_is_a_run_whose_answer_is_delivered_and_whose_end_wakes_the_main_session(
    stack: Stack, ledger: Ledger, bot: BotApiServer
) -> None:
    chat = "77001"
    call = {"message": "read the news", "name": "News", "channel": "telegram", "to": chat}
    delivery = {"X-GitHub-Delivery": str(uuid.uuid4())}
    status, body = post(stack, "/hooks/agent", call, **delivery)
    assert (status, body["ok"]) == (202, True)
    assert post(stack, "/hooks/agent", call, **delivery)[1]["runId"] == body["runId"]
    event = summary(ledger, body["runId"])
    run = run_of(ledger, body["runId"])
    (session,) = ledger.query("SELECT session_key FROM sessions WHERE id = ?", run["session_id"])
    assert session["session_key"].startswith("agent:main:hook:")
    text = heard(ledger, event)
    assert f'hook "News", run {body["runId"]} succeeded' in text
    assert text.index("untrusted-data") < text.index("read the news") < text.index("[Wake-up]")
    # An answer in the making may be shown first, in the same message.
    wait_until(
        lambda: [s for s in bot.sent if str(s.payload["chat_id"]) == chat and "read the news" in s.text],
        what="the delivery",
    )
    (row,) = ledger.query("SELECT count(*) AS n FROM inbound WHERE run_id = ?", body["runId"])
    assert row["n"] == 1


@pytest.mark.spec("K1", "B1")
@pytest.mark.parametrize("point", [CrashPoint.CLAIM_AFTER_COMMIT, CrashPoint.FINISH_AFTER_COMMIT])
def test_a_worker_that_dies_on_the_way_leaves_the_summary_and_the_wake(
    stack: Stack, ledger: Ledger, point: CrashPoint
) -> None:
    marker = stack.home / "run" / f"crash-at-{point.value}"
    marker.touch()
    _, body = post(stack, "/hooks/agent", {"message": f"survive {point.value}", "deliver": False})
    event = summary(ledger, body["runId"])
    assert not marker.exists(), "the worker has died"
    assert run_of(ledger, body["runId"])["status"] == "succeeded"
    assert f"survive {point.value}" in heard(ledger, event)
    (row,) = ledger.query("SELECT count(*) AS n FROM system_events WHERE key = ?", event["key"])
    assert row["n"] == 1


@pytest.mark.spec("K1", "B9")
def test_the_gateway_that_took_the_call_may_die(stack: Stack, ledger: Ledger) -> None:
    _, body = post(stack, "/hooks/ci", {"state": "failed", "build": {"number": 5, "steps": [{"log": "[[slow:1]] oh"}]}})
    os.kill(stack.pid("gateway"), signal.SIGKILL)
    assert "Build 5 failed" in str(summary(ledger, body["runId"])["text"])

    def back() -> list[str]:
        try:
            with_client = stack.client()
        except (OSError, AssertionError):
            return []
        try:
            return list(with_client.call("status")["queuedSystemEvents"])
        finally:
            with_client.close()

    queued = wait_until(back, timeout=40, what="the gateway is back and shows what is queued")
    assert any(f'hook "ci", run {body["runId"]} succeeded' in line for line in queued)


@pytest.mark.spec("A4", "E1")
def test_a_wake_from_the_command_line_is_heard_at_once(stack: Stack, ledger: Ledger) -> None:
    done = stack.cli("wake", "--text", "the kettle boils", "--mode", "now")
    assert (done.returncode, done.stdout) == (0, "A turn is started.\n"), done.stderr
    (event,) = ledger.query("SELECT * FROM system_events WHERE text = 'the kettle boils'")
    assert "operator: the kettle boils" in heard(ledger, dict(event))


@pytest.mark.spec("B1", "E9", "K5")
def test_tools_are_called_over_http_and_websocket_and_the_hard_deny_holds(
    stack: Stack, client: Client, ledger: Ledger
) -> None:
    workspace = stack.home / "workspace"
    workspace.mkdir(exist_ok=True)
    (workspace / "notes.txt").write_text("remember the milk")
    talk = client.say("hello", "agent:main:talk")
    client.final(talk)

    def invoke(tool: str, **more: Any) -> tuple[int, dict[str, Any]]:
        return post(stack, "/tools/invoke", {"tool": tool, **more}, stack.token)

    status, body = invoke("read", args={"path": "notes.txt"}, idempotencyKey="milk")
    assert (status, body) == (200, {"ok": True, "result": {"content": [{"type": "text", "text": "remember the milk"}]}})
    assert invoke("read", args={"path": "notes.txt"}, idempotencyKey="milk") == (status, body)
    (row,) = ledger.query("SELECT count(*) AS n FROM steps WHERE name = 'read'")
    assert row["n"] == 1
    assert invoke("read", args={"path": "nosuch.txt"})[1]["error"]["type"] == "tool_error"
    status, body = invoke("session_status", sessionKey="talk")
    text = body["result"]["content"][0]["text"]
    assert (status, "session: agent:main:talk" in text, "agent: main" in text) == (200, True, True)
    said = client.call("tools.invoke", name="session_status", sessionKey="talk")
    assert (said["ok"], "session: agent:main:talk" in said["output"]["content"][0]["text"]) == (True, True)
    for denied in ("exec", "sessions_spawn", "gateway", "nosuch"):
        assert invoke(denied)[0] == 404
        assert client.call("tools.invoke", name=denied)["error"]["code"] == "not_found"
    assert invoke("read", args={})[0] == 400
    entries = client.call("chat.history", sessionKey="agent:main:talk")["messages"]
    assert len(entries) == 2, "the conversation is what it was"
    assert "remember the milk" in stack.cli("tools", "invoke", "read", "--args", '{"path": "notes.txt"}').stdout


@pytest.mark.spec("B8", "H1")
def test_hooks_follow_the_configuration(stack: Stack) -> None:
    config = stack.home / "config.toml"
    text = config.read_text()
    config.write_text(text.replace(HOOK_TOKEN, "another-token-of-the-test"))
    wake = {"text": "follow", "mode": "next-heartbeat"}
    wait_until(lambda: post(stack, "/hooks/wake", wake, "another-token-of-the-test")[0] == 200, what="the new token")
    assert post(stack, "/hooks/wake", wake)[0] == 401
    config.write_text(text.replace("enabled = true", "enabled = false"))
    wait_until(lambda: post_status(stack, wake) in (404, 405), what="hooks are off")
    config.write_text(text)
    wait_until(lambda: post_status(stack, wake) == 200, what="hooks are on again")


def post_status(stack: Stack, body: dict[str, str]) -> int:
    sent = {"Authorization": f"Bearer {HOOK_TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{stack.url}/hooks/wake", json.dumps(body).encode(), sent)
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_tools_of_mcp_servers_are_shown_and_called_once_a_turn_has_seen_them(
    stack: Stack, ledger: Ledger, client: Client
) -> None:
    client.final(client.say("hello", "agent:main:mcp"))
    answer = client.call("tools.effective", sessionKey="agent:main:mcp")
    shown = {group["id"]: {tool["id"] for tool in group["tools"]} for group in answer["groups"]}
    assert "stand-in__echo" in shown["mcp"]
    status, body = post(stack, "/tools/invoke", {"tool": "stand-in__echo", "args": {"text": "ahoy"}}, stack.token)
    assert (status, "ahoy" in body["result"]["content"][0]["text"]) == (200, True)
