from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from tests.integration.cli.conftest import PROGRAM
from tests.integration.cli.fake_gateway import TOKEN, chat_event


def answer_agent(text="one two three", status="ok"):
    """The two answers of ``agent``, with the events between them."""

    def answer(connection, request_id, params):
        run_id = params["idempotencyKey"]
        connection.answer(request_id, {"runId": run_id, "sessionKey": "agent:main:main", "status": "accepted"})
        connection.event("chat", chat_event("another-run", "delta", "not ours"))
        connection.event("chat", chat_event(run_id, "delta", text[:3]))
        connection.event("chat", chat_event(run_id, "delta", text[:7]))
        connection.event("chat", chat_event(run_id, "final", text))
        result = {"payloads": [{"text": text, "mediaUrl": None}], "meta": {}} if status == "ok" else None
        connection.answer(request_id, {"runId": run_id, "status": status, "summary": "done", "result": result})

    return answer


@pytest.fixture
def type_at(environ, gateway, user_home):
    """Run a command on a terminal; what it wrote."""

    def run_(*arguments):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env={**environ, "OPENCLAW_GATEWAY_URL": gateway.url, "OPENCLAW_GATEWAY_TOKEN": TOKEN, "TERM": "dumb"},
            cwd=user_home,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        text = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:
                break
            if not chunk:
                break
            text += chunk
        os.close(ours)
        return process.wait(30), text.decode().replace("\r\n", "\n")

    return run_


def test_agent_prints_the_answer_and_succeeds(ask, gateway):
    gateway.answers = {"agent": answer_agent()}
    done = ask("agent", "--message", "hi", "--session", "agent:main:x", "--agent", "main", "--timeout", "9")
    assert (done.returncode, done.stdout) == (0, "one two three\n")
    params = gateway.params_of("agent")
    assert (params["message"], params["sessionKey"], params["agentId"], params["timeout"]) == (
        "hi",
        "agent:main:x",
        "main",
        9,
    )
    assert gateway.params_of("connect")["scopes"] == ["operator.write"]


def test_agent_streams_to_a_terminal_each_character_once(type_at, gateway):
    gateway.answers = {"agent": answer_agent()}
    assert type_at("agent", "-m", "hi") == (0, "one two three\n")


def test_agent_gives_the_second_answer_as_json(ask, gateway):
    gateway.answers = {"agent": answer_agent()}
    found = json.loads(ask("agent", "-m", "hi", "--json").stdout)
    assert (found["status"], found["result"]["payloads"][0]["text"]) == ("ok", "one two three")


@pytest.mark.parametrize("status", ["error", "timeout"])
def test_a_failed_turn_is_told_by_the_exit_code(ask, gateway, status):
    gateway.answers = {"agent": answer_agent(status=status)}
    assert ask("agent", "-m", "hi").returncode == 1


def test_agent_reads_a_long_message_from_standard_input(ask, gateway):
    gateway.answers = {"agent": answer_agent()}
    ask("agent", "-m", "-", stdin="x" * 300_000)
    assert gateway.params_of("agent")["message"] == "x" * 300_000


def test_a_connection_that_ends_in_the_middle_is_an_error(ask, gateway):
    gateway.answers = {"agent": lambda connection, *_: connection.close()}
    done = ask("agent", "-m", "hi")
    assert done.returncode == 1
    assert "service restart" in done.stderr


def answer_chat(connection, request_id, params):
    run_id = params["idempotencyKey"]
    text = f"you said {params['message']}"
    connection.answer(request_id, {"runId": run_id, "status": "started"})
    connection.event("chat", chat_event(run_id, "delta", text[:4]))
    connection.event("chat", chat_event(run_id, "final", text, stopReason="stop"))


def test_chat_streams_answers_until_quit(ask, gateway):
    gateway.answers = {"chat.send": answer_chat, "chat.abort": {"ok": True, "aborted": False, "runIds": []}}
    done = ask("chat", "--agent", "ops", stdin="hello\n\n/help\nwait\n/stop\n/status\n/quit\nnever\n")
    assert done.returncode == 0
    for expected in ("you said hello\n", "Start a new conversation", "nothing is running", "you said /status\n"):
        assert expected in done.stdout
    assert "never" not in done.stdout
    assert gateway.params_of("chat.send")["sessionKey"] == "agent:ops:main"


def test_chat_goes_on_after_a_failed_answer(ask, gateway):
    def fail(connection, request_id, params):
        run_id = params["idempotencyKey"]
        connection.answer(request_id, {"runId": run_id, "status": "started"})
        connection.event("chat", {"runId": run_id, "state": "error", "errorMessage": "the model is ill"})

    gateway.answers = {"chat.send": fail}
    done = ask("chat", stdin="hello\n/quit\n")
    assert done.returncode == 0
    assert "the model is ill" in done.stderr


@pytest.mark.parametrize("status", ["started", "ok"])
def test_chat_takes_an_answer_up_again_after_a_lost_connection(ask, gateway, status):
    calls = []

    def answer(connection, request_id, params):
        calls.append(params["idempotencyKey"])
        run_id = calls[0]
        if len(calls) == 1:
            connection.answer(request_id, {"runId": run_id, "status": "started"})
            connection.event("chat", chat_event(run_id, "delta", "first "))
            connection.close()
            return
        connection.answer(request_id, {"runId": run_id, "status": status})
        if status == "started":
            connection.event("chat", chat_event(run_id, "final", "first second"))

    message = {"role": "assistant", "content": [{"type": "text", "text": "first second"}]}
    gateway.answers = {"chat.send": answer, "chat.history": {"messages": [message]}}
    done = ask("chat", stdin="hello\n/quit\n")
    assert "first second\n" in done.stdout
    assert len(set(calls)) == 1
