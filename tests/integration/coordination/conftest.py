"""A client of the session's server as our own processes open it, and a server that may be killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from openclaw.coordination.client import connect
from tests.integration.coordination.servers import ServerProcess, socket_server


@pytest.fixture
def client(redis_url: str, redis_client: redis.Redis) -> Iterator[redis.Redis]:
    """The session's server, empty before and after."""
    with connect(redis_url) as opened:
        yield opened


@pytest.fixture
def mortal_server() -> Iterator[ServerProcess]:
    """A durable server of this test alone."""
    with socket_server() as server:
        yield server
