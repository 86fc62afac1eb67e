"""The Redis URLs that operators may write."""

from __future__ import annotations

import pytest
import redis
from kombu.connection import Connection

from openclaw.coordination.address import RedisAddress
from openclaw.coordination.client import broker_settings, connect, connect_blocking
from openclaw.errors import ConfigError


def test_tcp_with_a_percent_encoded_password() -> None:
    address = RedisAddress.parse("redis://:p%40ss%2Fw@cache.example:6380/3")

    assert (address.kind, address.nodes, address.db) == ("tcp", (("cache.example", 6380),), 3)
    assert address.password.reveal() == "p@ss/w"


def test_port_and_database_have_defaults() -> None:
    address = RedisAddress.parse("redis://cache.example")

    assert (address.nodes, address.db) == ((("cache.example", 6379),), 0)


@pytest.mark.parametrize("url", ["unix:///run/oc/s.sock?db=2", "redis+socket:///run/oc/s.sock?virtual_host=2"])
def test_both_spellings_of_a_socket_mean_the_same(url: str) -> None:
    address = RedisAddress.parse(url)

    assert (address.kind, address.path, address.db) == ("unix", "/run/oc/s.sock", 2)
    assert address.broker_url() == "redis+socket:///run/oc/s.sock?virtual_host=2"


def test_sentinels_share_login_database_and_master() -> None:
    address = RedisAddress.parse("sentinel://:pw@a:26379;sentinel://b/4?master_name=mymaster")

    assert address.nodes == (("a", 26379), ("b", 26379))
    assert (address.master_name, address.db, address.password.reveal()) == ("mymaster", 4, "pw")
    assert address.broker_url() == "sentinel://:pw@a:26379/4;sentinel://:pw@b:26379/4"


def test_kombu_is_told_of_the_master_and_reads_every_sentinel() -> None:
    broker = broker_settings("sentinel://:pw@a:1;sentinel://b:2/4?master_name=mymaster&sentinel_password=other")

    connection = Connection(broker.url, transport_options=dict(broker.transport_options))

    assert connection.transport_options["master_name"] == "mymaster"
    assert connection.transport_options["sentinel_kwargs"] == {"password": "other"}
    assert [(connection.hostname, connection.password, connection.virtual_host)] == [("a", "pw", "4")]


def test_tls_verifies_the_server_unless_told_otherwise() -> None:
    assert RedisAddress.parse("rediss://cache.example").tls == {"ssl_cert_reqs": "required"}
    assert RedisAddress.parse("rediss://cache.example?ssl_cert_reqs=CERT_NONE").tls == {"ssl_cert_reqs": "none"}


def test_tls_options_reach_redis_py_and_kombu() -> None:
    url = "rediss://:pw@cache.example:6380/1?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false"

    pool = connect(url).connection_pool
    kombu = Connection(broker_settings(url).url)

    assert pool.connection_class is redis.SSLConnection
    assert (pool.connection_kwargs["ssl_ca_certs"], pool.connection_kwargs["ssl_check_hostname"]) == (
        "/etc/ca.pem",
        False,
    )
    assert (kombu.ssl["ssl_ca_certs"], kombu.ssl["ssl_check_hostname"]) == ("/etc/ca.pem", False)
    assert kombu.ssl["ssl_cert_reqs"].name == "CERT_REQUIRED"


def test_the_broker_url_of_a_tcp_server_keeps_its_login() -> None:
    connection = Connection(broker_settings("redis://user:p%40ss@[::1]:6380/3").url)

    assert (connection.hostname, connection.port, connection.virtual_host) == ("::1", 6380, "3")
    assert (connection.userid, connection.password) == ("user", "p@ss")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://:hunter2@host",
        "redis://:hunter2@",
        "redis://:hun/ter2@host:6379",
        "redis://:hunter2@host:port",
        "redis://:hunter2@host/zero",
        "redis://:hunter2@host/0#x",
        "redis://:hunter2@host/0?timeout=hunter2",
        "rediss://:hunter2@host?ssl_cert_reqs=hunter2",
        "unix://:hunter2@relative",
        "unix://:hunter2@/",
        "sentinel://:hunter2@a:1;sentinel://b:2",
        "sentinel://:hunter2@a:1;redis://b:2?master_name=m",
        "redis://[::1:hunter2@",
    ],
)
def test_a_malformed_url_names_the_accepted_forms_and_no_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect(url)

    assert "redis://" in str(caught.value)
    assert "sentinel://" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@h", "sentinel://:hunter2@h:1?master_name=m&sentinel_password=hunter2"]
)
def test_nothing_that_may_be_logged_prints_a_password(url: str) -> None:
    assert "hunter2" not in repr(RedisAddress.parse(url))
    assert "hunter2" not in repr(broker_settings(url))
    assert "hunter2" not in repr(connect(url))


def test_commands_time_out_and_subscriptions_do_not() -> None:
    commands = connect("redis://cache.example").connection_pool.connection_kwargs
    subscriptions = connect_blocking("redis://cache.example").connection_pool.connection_kwargs

    assert (commands["socket_timeout"], commands["socket_connect_timeout"]) == (5.0, 5.0)
    assert (subscriptions["socket_timeout"], subscriptions["socket_connect_timeout"]) == (None, 5.0)
    assert (commands["health_check_interval"], subscriptions["health_check_interval"]) == (30, 10)


def test_a_pool_is_bounded_also_behind_sentinels() -> None:
    for url in ("redis://h", "unix:///s", "sentinel://h:1?master_name=m"):
        pool = connect(url, max_connections=3).connection_pool
        assert isinstance(pool, redis.BlockingConnectionPool)
        assert (pool.max_connections, pool.timeout) == (3, 5.0)
