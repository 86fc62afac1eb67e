"""Bytes: big messages, slow readers, many writers, the ends of connections."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.domain.transcript import user_text
from openclaw.ports.provider import ModelInfo
from tests.integration.web.client import Client
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN, Turn, now_ms
from tests.waiting import wait_until
from web.services import Limits
from web.ws.hub import outgoing
from web.ws.payloads import Emission

MIB = 1024 * 1024
#: A receive buffer so small that the gateway has to wait for this client.
SMALL_BUFFER = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)


def announce(served: Served, text: str) -> None:
    served.gateway.hub.announce("health", {"text": text})


@pytest.mark.spec("B7", "K5")
def test_a_20_mib_request_is_taken_and_a_27_mib_one_closes_with_1009(served: Served) -> None:
    with served.client() as client:
        big = {"sessionKey": "x", "message": "y" * (20 * MIB), "idempotencyKey": "k"}
        assert client.result("chat.send", big)["status"] == "started"
        assert len(served.desk.submitted[0]["text"]) == 20 * MIB
    with served.client() as client:
        with pytest.raises((websocket.WebSocketException, OSError, AssertionError)):
            client.send("health", {"x": "y" * (27 * MIB)})
            raise AssertionError("sent")
        closed = client.closed()
        assert (closed.code, closed.reason) == (1009, "")


@pytest.mark.spec("B7")
def test_a_20_mib_answer_reaches_a_slow_reader_whole(serve: Callable[..., Served]) -> None:
    names = [f"{number:05d}" + "n" * 4000 for number in range(5200)]
    served = serve(models=tuple(ModelInfo(name, "mock") for name in names))
    with served.stranger(sockopt=SMALL_BUFFER) as client:
        client.connect(TOKEN)
        request = client.send("models.list", {})
        wait_until(lambda: any(c.socket.writing_since for c in served.gateway._connections()), what="a full socket")
        models = client.answer(request)["payload"]["models"]
        assert [model["id"] for model in models] == names


@pytest.mark.spec("B6")
def test_frames_of_many_writers_never_mix(served: Served) -> None:
    with served.client() as client:
        text = "z" * 300_000
        writers = [threading.Thread(target=lambda: [announce(served, text) for _ in range(10)]) for _ in range(4)]
        for writer in writers:
            writer.start()
        requests = [client.send("health") for _ in range(10)]
        for request in requests:
            assert client.answer(request)["ok"]
        wait_until(lambda: not any(writer.is_alive() for writer in writers))
        while client.seq < 40:
            client.frame()
        assert all(event["payload"]["text"] == text for event in client.events if event["event"] == "health")


@pytest.mark.spec("B6", "B7")
def test_a_slow_consumer_is_closed_with_1008(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(max_buffered=4 * MIB))
    with served.stranger(sockopt=SMALL_BUFFER) as slow, served.client() as quick:
        slow.connect(TOKEN)
        wait_until(lambda: len(served.gateway.hub.connections) == 2)

        def flood() -> bool:
            announce(served, "f" * 500_000)
            quick.frame()
            return any(connection.queue.closing for connection in served.gateway.hub.connections)

        wait_until(flood, interval=0.0)
        closed = slow.closed()
        assert (closed.code, closed.reason) == (1008, "slow consumer")
        assert quick.result("health")["ok"], "nobody else is hurt"


@pytest.mark.spec("B6")
def test_a_slow_client_gets_the_newest_delta_of_a_text_and_not_those_before(served: Served) -> None:
    with served.stranger(sockopt=SMALL_BUFFER) as slow:
        slow.connect(TOKEN)
        wait_until(lambda: served.gateway.hub.connections)
        (connection,) = served.gateway.hub.connections
        announce(served, "f" * 8 * MIB)  # fills the socket, so that what follows waits
        wait_until(lambda: connection.socket.writing_since)
        shown = ""
        for number in range(40):
            shown += f"{number:04d}" * 4000
            served.gateway.hub.broadcast(_delta(shown, f"{number:04d}" * 4000))
        served.gateway.hub.broadcast(outgoing(Emission("chat", _chat("status", phase="starting_model"))))
        slow.until("chat", state="status")
        (newest,) = [chat for chat in slow.chats("r") if chat["state"] == "delta"]
        assert (newest["deltaText"], newest["replace"]) == (shown, True)


def _chat(state: str, **facts: Any) -> dict[str, Any]:
    return {"runId": "r", "sessionKey": "s", "agentId": "main", "seq": 1, "state": state, **facts}


def _delta(text: str, delta: str) -> Any:
    payload = _chat("delta", deltaText=delta)
    return outgoing(Emission("chat", payload, replacing=lambda: payload | {"deltaText": text, "replace": True}))


def test_a_peer_that_takes_nothing_at_all_is_cut(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(send_timeout_seconds=0.3))
    with served.stranger(sockopt=SMALL_BUFFER) as stuck:
        stuck.connect(TOKEN)
        wait_until(lambda: served.gateway.hub.connections)
        announce(served, "f" * 16 * MIB)
        wait_until(lambda: not served.gateway._connections(), what="the stuck connection gone")


def test_a_peer_that_answers_no_ping_is_closed(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(ping_seconds=0.2))
    with served.client() as silent:
        wait_until(lambda: not served.gateway._connections(), what="the silent connection gone")
        assert silent.closed().code == 1008


def test_pings_are_answered(served: Served) -> None:
    with served.client() as client:
        client.ws.ping("are you there")
        while True:
            opcode, data = client.ws.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_PONG:
                break
        assert data == b"are you there"


def test_our_close_is_echoed_and_the_connection_forgotten(served: Served) -> None:
    with served.client() as client:
        client.ws.send_close(4321, b"going home")
        closed = client.closed()
        assert (closed.code, closed.reason) == (4321, "going home")
    wait_until(lambda: not served.gateway._connections())
    assert not served.gateway.hub.connections


def test_a_peer_that_vanishes_is_forgotten(served: Served) -> None:
    client = served.client()
    client.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.ws.sock.close()
    wait_until(lambda: not served.gateway._connections())


def test_a_fragmented_message_is_one_message(served: Served) -> None:
    with served.client() as client:
        client.methods["f"] = "health"
        text = json.dumps({"type": "req", "id": "f", "method": "health"})
        client.ws.send_frame(websocket.ABNF.create_frame(text[:20], websocket.ABNF.OPCODE_TEXT, 0))
        client.ws.send_frame(websocket.ABNF.create_frame(text[20:], websocket.ABNF.OPCODE_CONT, 1))
        assert client.answer("f")["ok"]


def test_a_frame_that_breaks_the_protocol_closes(served: Served) -> None:
    with served.client() as client:
        client.ws.sock.sendall(b"\xff\x80\0\0\0\0")  # reserved bits
        assert client.closed().code == 1002


def test_compression_is_not_negotiated(served: Served) -> None:
    with served.stranger(header=["Sec-WebSocket-Extensions: permessage-deflate"]) as client:
        headers = {name.lower() for name in client.ws.getheaders()}
        assert "sec-websocket-extensions" not in headers
        assert client.connect(TOKEN)["ok"]


@pytest.mark.spec("H6")
def test_a_drain_tells_everyone_and_closes_with_1012(served: Served) -> None:
    with served.client() as client:
        served.gateway.drain()
        closed = client.closed()
        assert (closed.code, closed.reason) == (1012, "service restart")
        assert client.events[-1]["event"] == "shutdown"
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        Client(served.port)
    assert refused.value.status_code == 503


@pytest.mark.spec("K3")
def test_events_that_were_not_published_are_fetched_from_the_stream(served: Served) -> None:
    stream = served.desk.stream
    with served.client() as client:
        turn = served.desk.turn("agent:main:x", "run-1")
        turn.start()
        client.until("agent", stream="lifecycle")
        deaf, stream._listeners = stream._listeners, []
        turn.say("unheard, ")
        stream._listeners = deaf
        turn.say("heard")
        wait_until(lambda: client.until("agent", stream="assistant"))
        texts = [a["data"]["text"] for a in client.agents("run-1") if a["stream"] == "assistant"]
        assert texts == ["unheard,"] or texts[-1] == "unheard, heard"
        turn.end("unheard, heard")
        assert client.until("chat", state="final")["message"]["content"][0]["text"] == "unheard, heard"


@pytest.mark.spec("K3")
def test_a_run_that_fell_silent_is_looked_up_in_its_stream(served: Served) -> None:
    stream = served.desk.stream
    with served.client() as client:
        turn = served.desk.turn("agent:main:x", "run-1")
        turn.start()
        client.until("agent", stream="lifecycle")
        deaf, stream._listeners = stream._listeners, []
        turn.say("whispered")
        stream._listeners = deaf
        assert client.until("chat", state="delta")["deltaText"] == "whispered"
        turn.end("whispered")
        client.until("chat", state="final")


def test_an_event_that_makes_no_sense_silences_nothing(served: Served) -> None:
    with served.client() as client:
        session = served.desk.session_for("agent:main:x")
        bad = RunRef("run-0", session.id + 100, "agent:main:y", "main", 1)
        served.desk.stream.emit(bad, [RunEvent(EventKind.STATUS, {}, now_ms())])
        turn: Turn = served.desk.turn("agent:main:x", "run-1")
        turn.start()
        turn.end("fine")
        client.until("chat", state="final", runId="run-1")


def test_rows_that_were_there_before_are_not_news(served: Served) -> None:
    served.desk.add("agent:main:x", user_text("old"), "r0", {})
    with served.client() as client:
        client.result("sessions.messages.subscribe", {"key": "x"})
        turn = served.desk.turn("agent:main:x", "run-1")
        turn.start()
        turn.end("new")
        assert client.until("session.message")["messageSeq"] == 2
