"""A newcomer starts the stack and talks to it."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.stack import Client, Stack, text_of


def session() -> str:
    return f"agent:main:e2e-{uuid.uuid4()}"


@pytest.mark.spec("A1", "A4", "J1", "E1")
def test_one_turn_by_the_command_line(stack: Stack):
    done = stack.cli("agent", "--message", "hello", "--session", session(), "--json")
    assert done.returncode == 0, done.stderr
    assert "hello" in json.dumps(json.loads(done.stdout))


@pytest.mark.spec("E5", "F12")
def test_text_streams_out_before_the_turn_is_over(client: Client):
    run_id = client.say("stream this please [[slow:0.5]]", session())
    final = client.final(run_id)
    deltas = [
        e["payload"]["deltaText"]
        for e in client.events
        if e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
    ]
    assert len(deltas) > 1
    assert "".join(deltas) == text_of(final)


@pytest.mark.spec("E5", "E9")
def test_a_tool_runs_and_its_events_are_apart_from_the_text(stack: Stack, client: Client):
    workspace = stack.home / "workspace"
    workspace.mkdir(exist_ok=True)
    (workspace / "note.txt").write_text("the sky is green")
    run_id = client.say('look it up [[tool:read {"path": "note.txt"}]]', session())
    assert "the sky is green" in text_of(client.final(run_id))
    tools = [
        e["payload"]["data"]
        for e in client.events
        if e["event"] == "agent" and e["payload"]["runId"] == run_id and e["payload"]["stream"] == "tool"
    ]
    assert [t["phase"] for t in tools] == ["start", "result"]


@pytest.mark.spec("E2", "K1")
def test_messages_of_a_session_are_answered_in_order(client: Client):
    key = session()
    runs = [client.say(f"message {n}", key, queueMode="followup") for n in range(5)]
    answers = [text_of(client.final(run_id)) for run_id in runs]
    assert [f"message {n}" in answer for n, answer in enumerate(answers)] == [True] * 5


@pytest.mark.spec("B6", "K1")
def test_the_same_idempotency_key_never_starts_a_second_run(client: Client):
    key, session_key = str(uuid.uuid4()), session()
    first = client.say("once", session_key, idempotencyKey=key)
    client.final(first)
    again = client.call("chat.send", sessionKey=session_key, message="once", idempotencyKey=key)
    assert again == {"runId": key, "status": "ok"}
    history = client.call("chat.history", sessionKey=session_key)
    assert [m["role"] for m in history["messages"]] == ["user", "assistant"]


@pytest.mark.spec("E3")
def test_an_interrupt_ends_the_running_turn_and_runs_at_once(client: Client):
    key = session()
    slow = client.say("[[slow:20]] long story", key)
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == slow and e["payload"]["state"] == "delta"
    )
    urgent = client.say("urgent", key, queueMode="interrupt")
    assert client.final(slow)["state"] == "aborted"
    assert "urgent" in text_of(client.final(urgent))


@pytest.mark.spec("E3")
def test_a_steer_reaches_the_running_turn(client: Client):
    key = session()
    slow = client.say("[[slow:1.5]] first", key)
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == slow and e["payload"]["state"] == "delta"
    )
    client.say("second thought", key, queueMode="steer")
    client.final(slow)
    history = client.call("chat.history", sessionKey=key)
    assert [m["role"] for m in history["messages"]] == ["user", "assistant", "user", "assistant"]


@pytest.mark.spec("E3")
def test_messages_that_arrive_while_busy_are_collected_into_one_turn(client: Client):
    key = session()
    slow = client.say("[[slow:1]] first", key)
    merged = [client.say(f"part {n}", key, queueMode="collect") for n in range(3)]
    client.final(slow)
    for run_id in merged:
        client.final(run_id)
    users = [m for m in client.call("chat.history", sessionKey=key)["messages"] if m["role"] == "user"]
    assert len(users) == 2
    assert all(f"part {n}" in json.dumps(users[1]["content"]) for n in range(3))


@pytest.mark.spec("E2")
def test_a_turn_can_be_aborted(client: Client):
    key = session()
    run_id = client.say("[[slow:20]] endless", key)
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
    )
    assert client.call("chat.abort", sessionKey=key, runId=run_id)["aborted"] is True
    assert client.final(run_id)["state"] == "aborted"


@pytest.mark.spec("F12")
@pytest.mark.parametrize("reason", ["auth", "bad_request", "context_overflow"])
def test_a_model_failure_is_classified_and_the_session_stays_usable(client: Client, reason: str):
    key = session()
    failed = client.final(client.say(f"[[fail:{reason}]]", key))
    assert failed["state"] == "error"
    assert "still there" in text_of(client.final(client.say("still there", key)))


@pytest.mark.spec("E9", "K1")
def test_broken_tool_arguments_are_an_error_the_model_sees(client: Client):
    key = session()
    assert client.final(client.say("[[broken-args]]", key))["state"] == "final"


@pytest.mark.spec("A4")
def test_agent_answers_twice_on_one_request(client: Client):
    request = client.send("agent", message="twice", idempotencyKey=str(uuid.uuid4()), sessionKey=session())
    assert client.result(request)["status"] == "accepted"
    done = client.result(request, nth=2)
    assert done["status"] == "ok"
    assert "twice" in done["result"]["payloads"][0]["text"]
