"""The doorbell against a real Celery worker, in threads, under gevent and through a crash of the server."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator

import pytest
import redis

from openclaw.coordination.client import broker_settings, connect
from openclaw.coordination.doorbell import KombuDoorbell
from openclaw.errors import RedisUnavailable
from openclaw.ports.lanes import Grant
from tests.integration.coordination.servers import ServerProcess, output, python
from tests.waiting import wait_until

FENCE = (1 << 32) + 5

WORKER = """
import json, os, sys
from celery import Celery
from openclaw.coordination.client import broker_settings, connect
broker = broker_settings(sys.argv[1])
app = Celery("bell", broker=broker.url)
app.conf.update(broker_transport_options=dict(broker.transport_options), task_ignore_result=True,
                worker_disable_prefetch=True, broker_connection_retry_on_startup=True)
store = connect(sys.argv[1])
@app.task(name="agent.turn", bind=True)
def turn(self, session_id, fence):
    store.rpush("rung", json.dumps([self.request.id, session_id, fence, self.request.argsrepr]))
@app.task(name="replies.deliver")
def deliver(conversation):
    store.rpush("rung", json.dumps(["deliver", conversation]))
app.worker_main(["worker", "-P", "threads", "-c", "8", "-Q", "agent.main,replies", "--loglevel", "WARNING",
                 "--without-gossip", "--without-mingle", "--without-heartbeat", "-n", "bell@%h"])
"""


@contextlib.contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[str]]:
    with python(WORKER, url) as process:
        yield process


@pytest.fixture
def doorbell(redis_url: str, client: redis.Redis) -> Iterator[KombuDoorbell]:
    bell = KombuDoorbell(broker_settings(redis_url))
    yield bell
    bell.close()


def rung(client: redis.Redis) -> list[list[object]]:
    return [json.loads(entry) for entry in client.lrange("rung", 0, -1)]


def test_a_worker_runs_what_was_rung(doorbell: KombuDoorbell, client: redis.Redis, redis_url: str) -> None:
    with worker(redis_url) as process:
        doorbell.ring([Grant(12, FENCE, "agent.main")])
        doorbell.ring([Grant(n, FENCE, "agent.main") for n in (13, 14)])
        doorbell.ring_replies(["telegram:main:42"])
        wait_until(lambda: len(rung(client)) == 4 or process.poll() is not None, timeout=60)

    assert sorted(rung(client), key=str) == [
        ["deliver", "telegram:main:42"],
        [f"run-session-12-f{FENCE}", 12, FENCE, "(session='12', run='session-12')"],
        [f"run-session-13-f{FENCE}", 13, FENCE, "(session='13', run='session-13')"],
        [f"run-session-14-f{FENCE}", 14, FENCE, "(session='14', run='session-14')"],
    ]


def test_a_ring_shows_the_session_to_an_operator_and_is_celery_protocol_2(
    doorbell: KombuDoorbell, client: redis.Redis
) -> None:
    doorbell.ring([Grant(12, FENCE, "agent.gpu")])

    message = json.loads(client.lindex("agent.gpu", 0))

    headers = message["headers"]
    assert headers["task"] == "agent.turn"
    assert headers["id"] == headers["root_id"] == f"run-session-12-f{FENCE}"
    assert headers["argsrepr"] == "(session='12', run='session-12')"
    assert headers["shadow"] == "agent.turn[gpu]"
    assert headers["lang"] == "py"
    assert message["properties"]["delivery_info"]["routing_key"] == "agent.gpu"
    assert json.loads(base64.b64decode(message["body"]))[0] == [12, FENCE]
    assert client.smembers("_kombu.binding.agent.gpu") == {b"agent.gpu\x06\x16\x06\x16agent.gpu"}


def test_nothing_to_ring_needs_no_server(mortal_server: ServerProcess) -> None:
    mortal_server.kill()

    KombuDoorbell(broker_settings(mortal_server.url)).ring([])


def test_many_threads_ring_through_few_connections(client: redis.Redis, redis_url: str) -> None:
    bell = KombuDoorbell(broker_settings(redis_url), max_connections=3)
    threads = [
        threading.Thread(target=lambda n=n: [bell.ring([Grant(n, fence, "agent.main")]) for fence in range(25)])
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    ids = {json.loads(entry)["headers"]["id"] for entry in client.lrange("agent.main", 0, -1)}
    assert ids == {f"run-session-{n}-f{fence}" for n in range(16) for fence in range(25)}
    bell.close()


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys
import gevent
from openclaw.coordination.client import broker_settings
from openclaw.coordination.doorbell import KombuDoorbell
from openclaw.ports.lanes import Grant
bell = KombuDoorbell(broker_settings(sys.argv[1]), max_connections=4)
jobs = [gevent.spawn(bell.ring, [Grant(n, 1, "agent.main"), Grant(n, 2, "agent.main")]) for n in range(200)]
gevent.joinall(jobs, timeout=40, raise_error=True)
print(sum(job.successful() for job in jobs))
"""


def test_greenlets_ring(client: redis.Redis, redis_url: str) -> None:
    with python(UNDER_GEVENT, redis_url) as process:
        assert output(process).split() == ["200"]

    assert client.llen("agent.main") == 400


def test_a_doorbell_tells_of_an_outage_and_rings_again_after_it(mortal_server: ServerProcess) -> None:
    bell = KombuDoorbell(broker_settings(mortal_server.url))
    bell.ring([Grant(1, 1, "agent.main")])

    mortal_server.kill()
    with pytest.raises(RedisUnavailable):
        bell.ring([Grant(2, 1, "agent.main")])
    with pytest.raises(RedisUnavailable):
        bell.ring([Grant(3, 1, "agent.main"), Grant(4, 1, "agent.main")])
    mortal_server.start()
    bell.ring([Grant(5, 1, "agent.main")])
    bell.ring([Grant(6, 1, "agent.main"), Grant(7, 1, "agent.main")])

    with connect(mortal_server.url) as client:
        ids = [json.loads(entry)["headers"]["id"] for entry in client.lrange("agent.main", 0, -1)]
    assert ids[::-1] == [f"run-session-{n}-f1" for n in (1, 5, 6, 7)]
    bell.close()


def test_a_server_that_was_restarted_unseen_costs_no_ring(mortal_server: ServerProcess) -> None:
    bell = KombuDoorbell(broker_settings(mortal_server.url))
    bell.ring([Grant(1, 1, "agent.main")])
    mortal_server.kill()
    mortal_server.start()

    bell.ring([Grant(2, 1, "agent.main")])
    bell.close()

    with connect(mortal_server.url) as client:
        assert client.llen("agent.main") == 2


def test_a_worker_hears_the_doorbell_again_after_the_server_was_killed(mortal_server: ServerProcess) -> None:
    bell = KombuDoorbell(broker_settings(mortal_server.url))
    with worker(mortal_server.url), connect(mortal_server.url) as client:
        bell.ring([Grant(1, 1, "agent.main")])
        wait_until(lambda: client.llen("rung") == 1, timeout=60)
        mortal_server.kill()
        mortal_server.start()
        bell.ring([Grant(2, 1, "agent.main")])
        wait_until(lambda: client.llen("rung") == 2, timeout=60)
    bell.close()


FORKING = """
import os, sys
from openclaw.coordination.client import broker_settings
from openclaw.coordination.doorbell import KombuDoorbell
from openclaw.ports.lanes import Grant
bell = KombuDoorbell(broker_settings(sys.argv[1]))
bell.ring([Grant(1, 1, "agent.main")])
children = []
for n in range(4):
    child = os.fork()
    if not child:
        for fence in range(50):
            bell.ring([Grant(n, fence, "agent.main")])
        os._exit(0)
    children.append(child)
for fence in range(50):
    bell.ring([Grant(9, fence, "agent.main")])
print(*(os.waitpid(child, 0)[1] for child in children))
"""


def test_forked_children_ring_on_connections_of_their_own(client: redis.Redis, redis_url: str) -> None:
    with python(FORKING, redis_url) as process:
        assert output(process).split() == ["0"] * 4

    assert client.llen("agent.main") == 251


def test_a_closed_doorbell_says_so(doorbell: KombuDoorbell) -> None:
    doorbell.close()

    with pytest.raises(RedisUnavailable):
        doorbell.ring([Grant(1, 1, "agent.main")])
