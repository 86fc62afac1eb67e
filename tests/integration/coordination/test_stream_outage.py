"""Listeners and writers while the server is idle, dies and comes back, in threads and under gevent."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from openclaw.coordination import stream_keys
from openclaw.coordination.client import connect, connect_blocking
from openclaw.coordination.signals import listen_cancels
from openclaw.coordination.streams import RedisRunStream
from openclaw.domain.events import EventKind, RunEvent, RunRef, StreamedEvent
from openclaw.errors import RedisUnavailable
from openclaw.ports.lanes import Hold
from openclaw.ports.stream import RESUBSCRIBED_TOPIC, Notice
from tests.integration.coordination.servers import ServerProcess, output, python
from tests.waiting import wait_until

RUN = RunRef("run-1", 7, "agent:main:main", "main", 9)
RESUBSCRIBED = Notice(RESUBSCRIBED_TOPIC, {})
#: Ticks come once a second: more of them than redis-py's default timeout of 5 s and our health check of 10 s.
IDLE_TICKS = 12


def text(delta: str) -> RunEvent:
    return RunEvent(EventKind.TEXT, {"delta": delta})


def hold_lane(client: redis.Redis) -> None:
    client.hset(stream_keys.lane_hash(7), mapping={"state": "running", "fence": 9})


class Listening:
    """A thread that fills ``items`` from an iterator."""

    def __init__(self, listen: Callable[[Callable[[], bool]], Iterator[Any]]) -> None:
        self.items: list[Any] = []
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: self.items.extend(self._each(listen(self.stopping.is_set))))
        self._live = threading.Event()
        self._thread.start()
        assert self._live.wait(20)

    def _each(self, listening: Iterator[Any]) -> Iterator[Any]:
        for item in listening:
            self.items.append(item)
            self._live.set()
        return iter(())

    def stop(self) -> None:
        self.stopping.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def listen_to() -> Iterator[Callable[..., Listening]]:
    started: list[Listening] = []

    def start(listen: Callable[[Callable[[], bool]], Iterator[Any]]) -> Listening:
        started.append(Listening(listen))
        return started[-1]

    yield start
    for listening in started:
        listening.stop()


def heard(listening: Listening) -> list[str]:
    return [item.event.data["delta"] for item in listening.items if isinstance(item, StreamedEvent)]


@pytest.mark.spec("K3")
def test_a_client_that_was_away_gets_the_stream_from_its_cursor_on(client: redis.Redis, redis_url: str) -> None:
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(redis_url))
    stream.emit(RUN, [text("seen"), text("also seen")])
    cursor = stream.replay("run-1").events[-1].cursor
    stream.emit(RUN, [text("missed")])

    replay = stream.replay("run-1", cursor)

    assert [streamed.event.data["delta"] for streamed in replay.events] == ["missed"]
    assert not replay.gap


@pytest.mark.spec("E5")
def test_text_and_tool_events_stay_apart_and_in_order(client: redis.Redis, redis_url: str) -> None:
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(redis_url))
    stream.emit(
        RUN, [text("let me look"), RunEvent(EventKind.TOOL_START, {"call_id": "c", "name": "read", "args": {}})]
    )
    stream.emit(RUN, [RunEvent(EventKind.TOOL_END, {"call_id": "c", "name": "read", "text": "x"}), text("done")])

    kinds = [streamed.event.kind for streamed in stream.replay("run-1").events]

    assert kinds == [EventKind.TEXT, EventKind.TOOL_START, EventKind.TOOL_END, EventKind.TEXT]


def test_streams_expire_and_are_published_as_one_message_per_batch(client: redis.Redis, redis_url: str) -> None:
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(redis_url), ttl_seconds=60)
    with client.pubsub() as pubsub:
        pubsub.subscribe(stream_keys.EVENT_CHANNEL)
        wait_until(lambda: pubsub.get_message(timeout=1))
        stream.emit(RUN, [text(str(n)) for n in range(20)])
        wait_until(lambda: pubsub.get_message(timeout=1))
        assert pubsub.get_message(timeout=0.2) is None
    assert 0 < client.ttl(stream_keys.run_stream("run-1")) <= 60
    assert 0 < client.ttl(stream_keys.run_ref("run-1")) <= 60


def test_scripts_that_the_server_forgot_are_loaded_again(client: redis.Redis, redis_url: str) -> None:
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(redis_url))
    stream.emit(RUN, [text("a")])
    client.script_flush()

    stream.emit(RUN, [text("b")])

    assert len(stream.replay("run-1").events) == 2


def test_a_long_silence_ends_no_subscription(
    client: redis.Redis, redis_url: str, listen_to: Callable[..., Listening]
) -> None:
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(redis_url))
    listening = listen_to(stream.listen)

    wait_until(lambda: len(listening.items) >= IDLE_TICKS, timeout=40)
    stream.emit(RUN, [text("still here")])

    wait_until(lambda: heard(listening) == ["still here"])
    assert RESUBSCRIBED not in listening.items


def test_a_listener_comes_back_after_the_server_was_killed(
    mortal_server: ServerProcess, listen_to: Callable[..., Listening]
) -> None:
    client = connect(mortal_server.url)
    hold_lane(client)
    stream = RedisRunStream(client, lambda: connect_blocking(mortal_server.url))
    listening = listen_to(stream.listen)
    stream.emit(RUN, [text("before")])
    wait_until(lambda: heard(listening) == ["before"])

    mortal_server.kill()
    with pytest.raises(RedisUnavailable):
        stream.emit(RUN, [text("into the void")])
    with pytest.raises(RedisUnavailable):
        stream.replay("run-1")
    with pytest.raises(RedisUnavailable):
        stream.notify(Notice("x", {}))
    mortal_server.start()

    wait_until(lambda: RESUBSCRIBED in listening.items)
    stream.emit(RUN, [text("after")])
    wait_until(lambda: heard(listening) == ["before", "after"])
    assert [streamed.event.data["delta"] for streamed in stream.replay("run-1").events] == ["before", "after"]
    client.close()


def test_a_listener_stops_while_the_server_is_away(
    mortal_server: ServerProcess, listen_to: Callable[..., Listening]
) -> None:
    stream = RedisRunStream(connect(mortal_server.url), lambda: connect_blocking(mortal_server.url))
    listening = listen_to(stream.listen)
    mortal_server.kill()

    listening.stop()


def test_a_server_that_stands_still_is_noticed(
    mortal_server: ServerProcess, listen_to: Callable[..., Listening], caplog: pytest.LogCaptureFixture
) -> None:
    def impatient_client() -> redis.Redis:
        client = connect_blocking(mortal_server.url)
        client.connection_pool.connection_kwargs["health_check_interval"] = 1
        return client

    listening = listen_to(RedisRunStream(connect(mortal_server.url), impatient_client).listen)
    mortal_server.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: "does not answer on the subscription" in caplog.text)
    finally:
        mortal_server.process.send_signal(signal.SIGCONT)

    wait_until(lambda: RESUBSCRIBED in listening.items)


def test_abort_signals_reach_a_listener(
    client: redis.Redis, redis_url: str, listen_to: Callable[..., Listening]
) -> None:
    listening = listen_to(lambda stopped: listen_cancels(lambda: connect_blocking(redis_url), stopped))

    client.publish("oc:ctl", f"7:{(3 << 32) + 1}")
    client.publish("oc:ctl", "nonsense")
    client.publish("oc:ctl", "8:2")

    wait_until(lambda: len([item for item in listening.items if item]) == 2)
    assert [item for item in listening.items if item] == [Hold(7, (3 << 32) + 1), Hold(8, 2)]
    assert listening.items[0] is None


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time
from openclaw.coordination.client import connect, connect_blocking
from openclaw.coordination.streams import RedisRunStream
from openclaw.domain.events import EventKind, RunEvent, RunRef, StreamedEvent
url = sys.argv[1]
client = connect(url, max_connections=4)
stream = RedisRunStream(client, lambda: connect_blocking(url))
done, live, heard = threading.Event(), threading.Event(), []
def listen():
    for item in stream.listen(done.is_set):
        live.set()
        if isinstance(item, StreamedEvent):
            heard.append(item)
            if len(heard) == 200:
                done.set()
listener = threading.Thread(target=listen)
listener.start()
assert live.wait(10)
def write(session):
    client.hset("oc:{lane}:l:%d" % session, mapping={"state": "running", "fence": 1})
    for n in range(10):
        stream.emit(RunRef("r%d" % session, session, "k", "main", 1), [RunEvent(EventKind.TEXT, {"delta": str(n)})])
writers = [threading.Thread(target=write, args=(session,)) for session in range(20)]
for thread in writers: thread.start()
for thread in writers: thread.join()
assert done.wait(20)
listener.join(20)
print(len(heard), sorted({item.run.session_id for item in heard}) == list(range(20)))
"""


def test_greenlets_write_and_listen(client: redis.Redis, redis_url: str) -> None:
    with python(UNDER_GEVENT, redis_url) as process:
        assert output(process).split() == ["200", "True"]
