"""Connections to Redis, with the timeouts and retries that suit us, and what kombu needs for the same server.

Invariants: a client for commands never waits longer than its timeouts, so an outage shows as ``RedisUnavailable``
within seconds; only a client for pub/sub may wait without end. A stale pooled connection is replaced silently, a
command that timed out is never repeated by the library.

A process that runs under gevent and keeps native threads beside its greenlets needs one client per side: sockets
belong to the event loop that opened them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from openclaw.coordination.address import RedisAddress
from openclaw.errors import RedisUnavailable

#: Seconds for one command, for opening a connection, and for getting one out of a busy pool.
COMMAND_TIMEOUT_SECONDS = 5.0
#: Seconds of silence after which a pooled connection is pinged before it is used.
HEALTH_CHECK_SECONDS = 30
#: The same for subscriptions, which nothing else would test.
SUBSCRIPTION_HEALTH_CHECK_SECONDS = 10

#: What redis-py raises when the server is away, is starting, has been demoted or is full.
OUTAGES = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, ClusterDownError, OutOfMemoryError)


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """What Celery and kombu need; both ends of a queue must use the same ``transport_options``."""

    #: Holds the password, hence not printed.
    url: str = field(repr=False)
    transport_options: Mapping[str, Any] = field(repr=False)


class _BlockingSentinelPool(SentinelConnectionPool, redis.BlockingConnectionPool):
    """Finds the master through its sentinels; callers wait when all connections are in use."""


def connect(url: str, *, max_connections: int = 32) -> redis.Redis:
    """Make a client for commands. Opens no connection yet. Raises ConfigError for a malformed URL."""
    return _open(
        RedisAddress.parse(url),
        max_connections=max_connections,
        timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        health_check_interval=HEALTH_CHECK_SECONDS,
        # One more try on a connection that was dropped in silence. Timeouts are not repeated: the command may run.
        retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
    )


def connect_blocking(url: str, *, max_connections: int = 4) -> redis.Redis:
    """Make a client for pub/sub and blocking reads, which may wait for ever. Its owner reconnects."""
    return _open(
        RedisAddress.parse(url),
        max_connections=max_connections,
        timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=None,
        health_check_interval=SUBSCRIPTION_HEALTH_CHECK_SECONDS,
        retry=Retry(NoBackoff(), 0, (RedisConnectionError,)),
    )


@contextmanager
def translate() -> Iterator[None]:
    """Turn redis-py's outages into RedisUnavailable; also a decorator. Other errors are bugs and pass through."""
    try:
        yield
    except OUTAGES as error:
        raise RedisUnavailable(f"Redis does not answer: {type(error).__name__}: {error}") from error


def broker_settings(url: str) -> BrokerSettings:
    """Describe the same server to kombu. Raises ConfigError for a malformed URL."""
    address = RedisAddress.parse(url)
    options: dict[str, Any] = {
        # Recovery is the lane's business (leases): kombu's own bookkeeping in Redis would cost every doorbell two more
        # round trips in the worker's main thread, a third of that process's time under load.
        "ack_emulation": False,
        # One Redis list per queue instead of four.
        "priority_steps": [0],
        # BRPOP waits one second; anything far longer is a dead connection.
        "socket_timeout": 30.0,
        "socket_connect_timeout": COMMAND_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    if address.kind == "sentinel":
        options["master_name"] = address.master_name
        options["sentinel_kwargs"] = _sentinel_login(address)
    return BrokerSettings(url=address.broker_url(), transport_options=options)


def _open(address: RedisAddress, **options: Any) -> redis.Redis:
    options |= {
        "db": address.db,
        "username": address.username or None,
        "password": address.password.reveal() or None,
        "socket_connect_timeout": COMMAND_TIMEOUT_SECONDS,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if address.kind == "sentinel":
        return _open_sentinel(address, options)
    if address.kind == "unix":
        options |= {"connection_class": redis.UnixDomainSocketConnection, "path": address.path}
    else:
        host, port = address.nodes[0]
        options |= {"host": host, "port": port}
    if address.kind == "tls":
        options |= {"connection_class": redis.SSLConnection, **_tls_options(address)}
    return redis.Redis.from_pool(redis.BlockingConnectionPool(**options))  # type: ignore[no-untyped-call]


def _open_sentinel(address: RedisAddress, options: dict[str, Any]) -> redis.Redis:
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        list(address.nodes),
        sentinel_kwargs=_sentinel_login(address)
        | {"socket_timeout": COMMAND_TIMEOUT_SECONDS, "socket_connect_timeout": COMMAND_TIMEOUT_SECONDS},
    )
    client: redis.Redis = sentinels.master_for(  # type: ignore[no-untyped-call]
        address.master_name, connection_pool_class=_BlockingSentinelPool, **options
    )
    return client


def _sentinel_login(address: RedisAddress) -> dict[str, Any]:
    return {"password": address.sentinel_password.reveal()} if address.sentinel_password else {}


def _tls_options(address: RedisAddress) -> dict[str, Any]:
    options: dict[str, Any] = dict(address.tls)
    if "ssl_check_hostname" in options:
        options["ssl_check_hostname"] = options["ssl_check_hostname"].lower() not in ("false", "0", "no")
    return options
