"""What is wrong is refused at once and says what to do about it."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import websocket

from tests.stack import CallError, Client, Stack
from tests.websockets import open_websocket


@pytest.fixture
def newcomer(tmp_path: Path) -> Stack:
    """A home in which nothing runs."""
    fresh = Stack(tmp_path)
    fresh.home.mkdir(mode=0o700)
    return fresh


def write_config(stack: Stack, text: str) -> Path:
    path = stack.home / "config.toml"
    path.write_text(text)
    return path


@pytest.mark.spec("H1", "A4")
def test_an_unknown_config_key_keeps_the_stack_from_starting_and_names_the_nearest(newcomer: Stack):
    path = write_config(newcomer, '[gateway]\nhost = "127.0.0.1"\n\n[messages.queue]\ndebounce_msec = 5\n')
    done = newcomer.cli("up")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{path}:5" in done.stderr
    assert "debounce_msec" in done.stderr
    assert "debounce_ms" in done.stderr.replace("debounce_msec", "")
    assert "Traceback" not in done.stderr
    assert not (newcomer.home / "openclaw.db").exists()


@pytest.mark.spec("H1", "A4")
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[gateway\n", "not valid TOML"),
        ("[gateway]\nport = 99999999\n", "gateway.port"),
        ('[messages.queue]\nmode = "colect"\n', "collect"),
        ('[gateway.auth]\ntoken = "${NOT_SET_ANYWHERE}"\n', "NOT_SET_ANYWHERE"),
        ('[gateway]\nhost = "0.0.0.0"\n[gateway.auth]\nmode = "none"\n', "loopback"),
        ('[[bindings]]\nagent = "ghost"\nmatch = { channel = "telegram" }\n', "ghost"),
    ],
)
def test_a_config_that_cannot_work_keeps_the_stack_from_starting(newcomer: Stack, text: str, hint: str):
    path = write_config(newcomer, text)
    done = newcomer.cli("up")
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spec("H1")
def test_all_that_is_wrong_with_a_config_is_said_at_once(newcomer: Stack):
    write_config(newcomer, '[gateway]\nprot = 1\n[lanes]\nlease_seconds = "long"\n')
    done = newcomer.cli("config", "check", "--json")
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert found["ok"] is False
    assert len(found["problems"]) == 2


@pytest.mark.spec("J1")
def test_a_home_of_the_original_openclaw_is_left_alone(newcomer: Stack):
    (newcomer.home / "openclaw.json").write_text("{}")
    done = newcomer.cli("up")
    assert done.returncode == 2
    assert "openclaw.json" in done.stderr
    assert "openclaw migrate" in done.stderr
    assert [path.name for path in newcomer.home.iterdir()] == ["openclaw.json"]


@pytest.mark.spec("A4", "B1")
def test_a_port_that_is_taken_is_named(newcomer: Stack):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = newcomer.cli("up", "--port", str(port))
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert not list((newcomer.home / "run").glob("*.pid"))


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    connected = stack.client()
    yield connected
    connected.close()


@pytest.mark.spec("B4")
@pytest.mark.parametrize(
    ("method", "params", "hint"),
    [
        ("no.such.method", {}, "unknown method: no.such.method"),
        ("chat.send", {"sessionKey": "agent:main:x", "message": "hi"}, "idempotencyKey"),
        ("chat.send", {"sessionKey": "agent:main:x", "message": 5, "idempotencyKey": "k"}, "message"),
        ("chat.send", {"sessionKey": "agent:main:x", "message": "hi", "idempotencyKey": "k", "oops": 1}, "oops"),
        ("chat.send", {"sessionKey": "agent:ghost:x", "message": "hi", "idempotencyKey": "k"}, "ghost"),
        (
            "chat.send",
            {"sessionKey": "agent:main:x", "message": "hi", "idempotencyKey": "k", "queueMode": "sometimes"},
            "queueMode",
        ),
        ("agent", {"message": "hi", "agentId": "ghost", "idempotencyKey": "k"}, "ghost"),
        ("chat.history", {}, "sessionKey"),
        ("chat.history", {"sessionKey": "agent:main:x", "limit": -1}, "limit"),
        ("chat.abort", {"sessionKey": ""}, "sessionKey"),
        ("sessions.list", {"limit": "many"}, "limit"),
        ("connect", {}, "connect"),
    ],
)
def test_a_request_that_cannot_be_served_is_an_invalid_request(
    client: Client, method: str, params: dict[str, object], hint: str
):
    with pytest.raises(CallError) as refused:
        client.call(method, **params)
    assert refused.value.error["code"] == "INVALID_REQUEST"
    assert hint in refused.value.error["message"]
    assert not refused.value.error.get("retryable")
    assert client.call("health")["ok"] is True


@pytest.mark.spec("B4")
def test_unknown_sessions_have_an_empty_history_and_nothing_to_abort(client: Client):
    key = f"agent:main:{uuid.uuid4()}"
    assert client.call("chat.history", sessionKey=key)["messages"] == []
    assert client.call("chat.abort", sessionKey=key)["aborted"] is False


@pytest.mark.spec("B3", "B5")
def test_a_wrong_token_is_refused(stack: Stack):
    with pytest.raises((CallError, ConnectionError)) as refused:
        Client(stack.facts["ws_url"], "not-the-token")
    assert "not-the-token" not in str(refused.value)


@pytest.mark.spec("B3", "B4")
@pytest.mark.parametrize("frame", ["", "no json", "[]", '{"type": "req"}', '{"type":"req","id":"1","method":"health"}'])
def test_whatever_comes_before_connect_closes_the_socket(stack: Stack, frame: str):
    ws = open_websocket(stack.facts["ws_url"], 10)
    heard = [json.loads(ws.recv())]
    try:
        ws.send(frame)
        while text := ws.recv():
            heard.append(json.loads(text))
    except (websocket.WebSocketException, OSError):
        pass  # closed without a goodbye is closed too
    finally:
        ws.shutdown()
    assert [frame["event"] for frame in heard if frame["type"] == "event"] == ["connect.challenge"]
    assert [frame for frame in heard if frame.get("ok")] == []


@pytest.mark.spec("B4")
def test_text_of_any_kind_survives_the_round_trip(client: Client):
    text = 'naïve 🎉 \u202eright to left\u202c «quotes» \\back "slash" <b>&amp;'
    key = f"agent:main:{uuid.uuid4()}"
    client.final(client.say(text, key))
    said = [m for m in client.call("chat.history", sessionKey=key)["messages"] if m["role"] == "user"]
    assert said[0]["content"] == text
