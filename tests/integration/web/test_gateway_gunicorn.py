"""The gateway under the real server, as it is shipped: gunicorn with the worker class of ``web.serving``, and threads."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import websocket

from tests.integration.web.client import Client
from tests.integration.web.gunicorn_process import running_gunicorn
from tests.integration.web.twins import TOKEN

SMALL_BUFFER = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)


WORKER_CLASSES = ("gevent", "gthread")


@pytest.fixture(scope="module", params=WORKER_CLASSES)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One of each for all who only talk to it."""
    with running_gunicorn(request.param, tmp_path_factory.mktemp("gunicorn")) as (_, port):
        yield port


@pytest.mark.spec("B1", "K5")
def test_a_conversation(port: int) -> None:
    with Client(port) as client:
        assert client.connect(TOKEN)["ok"]
        ask = {"sessionKey": "x", "message": "one two three", "idempotencyKey": "said-1"}
        client.result("chat.send", ask)
        assert client.until("chat", state="final")["message"]["content"][0]["text"] == "one two three"
        request = client.send("agent", {"message": "again", "idempotencyKey": "said-2"})
        assert [client.answer(request)["payload"]["status"] for _ in range(2)] == ["accepted", "ok"]


@pytest.mark.spec("B6", "B7")
def test_a_20_mib_answer_to_a_slow_reader_while_others_talk(port: int) -> None:
    with Client(port, sockopt=SMALL_BUFFER) as slow, Client(port) as quick:
        slow.connect(TOKEN)
        quick.connect(TOKEN)
        request = slow.send("models.list", {})
        for number in range(20):
            ask = {"sessionKey": "x", "message": "hello", "idempotencyKey": f"r{number}"}
            quick.result("chat.send", ask)
            quick.until("chat", state="final", runId=f"r{number}")
        models = slow.answer(request)["payload"]["models"]
        assert len(models) == 5200
        assert slow.until("chat", state="final", runId="r19")["message"]["content"][0]["text"] == "hello"


def test_many_clients_at_once(port: int) -> None:
    failures: list[BaseException] = []

    def talk(name: str) -> None:
        try:
            with Client(port) as client:
                client.connect(TOKEN, caps=["session-scoped-events"])
                for number in range(5):
                    run_id = f"{name}-{number}"
                    ask = {"sessionKey": name, "message": run_id, "idempotencyKey": run_id}
                    client.result("chat.send", ask)
                    final = client.until("chat", state="final", runId=run_id)
                    assert final["message"]["content"][0]["text"] == run_id
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    talkers = [threading.Thread(target=talk, args=(f"client-{number}",)) for number in range(12)]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join(60)
    assert not failures


@pytest.mark.spec("H6")
@pytest.mark.parametrize("worker_class", WORKER_CLASSES)
def test_sigterm_drains_and_stops(worker_class: str, tmp_path: Path) -> None:
    with running_gunicorn(worker_class, tmp_path) as (process, port):
        with Client(port) as client:
            client.connect(TOKEN)
            process.send_signal(signal.SIGTERM)
            closed = client.closed()
            assert (closed.code, closed.reason) == (1012, "service restart")
        assert process.wait(15) == 0


def test_a_refused_handshake_leaves_nothing_behind(port: int) -> None:
    for _ in range(5):
        with Client(port) as client:
            assert not client.connect("wrong")["ok"]
            assert client.closed().code == 1008
    with pytest.raises(websocket.WebSocketBadStatusException):
        Client(port, header=["Sec-WebSocket-Version: 7"])
    with Client(port) as client:
        assert client.connect(TOKEN)["ok"]
