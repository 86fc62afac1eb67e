"""Clients against real servers: logins, sentinels, outages."""

from __future__ import annotations

import threading

import pytest
import redis
from kombu.connection import Connection

from openclaw.coordination.client import broker_settings, connect, connect_blocking, translate
from openclaw.coordination.embedded import verify_server
from openclaw.errors import RedisUnavailable
from tests.integration.coordination.servers import ServerProcess, sentinel_server, tcp_server
from tests.stack import free_port

PASSWORD = "hunter2"


def test_a_password_server_over_tcp_serves_clients_and_kombu() -> None:
    with tcp_server(password=PASSWORD) as server:
        with connect(server.url) as client, connect_blocking(server.url) as blocking:
            assert client.set("a", "1")
            assert blocking.get("a") == b"1"
        broker = broker_settings(server.url)
        with Connection(broker.url, transport_options=dict(broker.transport_options)) as connection:
            assert connection.connect()
            assert connection.default_channel.client.get("a") == b"1"


def test_a_wrong_password_is_an_outage_and_is_not_repeated_in_the_error() -> None:
    with tcp_server(password="other") as server:
        client = connect(f"redis://:{PASSWORD}@{server.url.partition('@')[2]}")
        with pytest.raises(RedisUnavailable) as caught, translate():
            client.ping()
    assert PASSWORD not in str(caught.value)


def test_a_server_that_is_not_there_is_an_outage() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}")

    with pytest.raises(RedisUnavailable), translate():
        client.ping()
    with pytest.raises(RedisUnavailable):
        verify_server(client)


def test_a_bug_is_not_taken_for_an_outage(client: redis.Redis) -> None:
    client.set("a", "text")
    with pytest.raises(redis.ResponseError), translate():
        client.incr("a")


def test_a_full_server_is_an_outage() -> None:
    def fill(client: redis.Redis) -> None:
        with translate():
            for n in range(64):
                client.set(f"k{n}", "x" * 100_000)

    with tcp_server("--maxmemory", "1mb") as server, connect(server.url) as client, pytest.raises(RedisUnavailable):
        fill(client)


def test_a_restarted_server_costs_a_client_nothing(mortal_server: ServerProcess) -> None:
    with connect(mortal_server.url) as client:
        client.set("a", "1")
        mortal_server.kill()
        mortal_server.start()
        assert client.get("a") == b"1"


def test_more_threads_than_connections_wait_their_turn(redis_url: str, redis_client: redis.Redis) -> None:
    with connect(redis_url, max_connections=2) as client:
        threads = [threading.Thread(target=lambda: [client.incr("n") for _ in range(50)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert client.get("n") == b"400"
        assert len(client.connection_pool._connections) <= 2


def test_a_server_that_may_evict_is_reported() -> None:
    with tcp_server("--maxmemory-policy", "allkeys-lru") as server, connect(server.url) as client:
        (problem,) = verify_server(client)
    assert "allkeys-lru" in problem
    assert "noeviction" in problem


def test_sentinels_lead_clients_subscriptions_and_kombu_to_the_master() -> None:
    with tcp_server(password=PASSWORD) as master:
        port = int(master.url.partition("127.0.0.1:")[2].partition("/")[0])
        with sentinel_server(port, PASSWORD) as sentinel:
            url = f"sentinel://:{PASSWORD}@127.0.0.1:{sentinel}/0?master_name=mymaster"
            with connect(url) as client, connect_blocking(url) as blocking:
                assert client.set("a", "1")
                assert blocking.get("a") == b"1"
                master.kill()
                with pytest.raises(RedisUnavailable), translate():
                    client.ping()
                master.start()
                assert client.ping()
            broker = broker_settings(url)
            with Connection(broker.url, transport_options=dict(broker.transport_options)) as connection:
                connection.connect()
                connection.default_channel.client.set("b", "2")
            with connect(master.url) as direct:
                assert direct.get("b") == b"2"
