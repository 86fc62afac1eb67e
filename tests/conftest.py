"""What every test stands on: a scrubbed environment, one private Redis, and a count of what was skipped."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator

import pytest
import redis

from tests.environment import scrub, strict_skips
from tests.redis_server import RedisServer, running_redis_server

pytest_plugins = ["tests.plugins.spec"]

# Before any of our modules is imported: some libraries read the environment only then.
STRICT = strict_skips()
HOME = tempfile.mkdtemp(prefix="oc-home-")
scrub(os.environ, HOME)


#: Files that take the longest: begun first, so that at the end nobody waits for one of them alone.
LONG = (
    *("integration/workers/test_turns.py", "chaos/test_chaos.py", "chaos/test_crash_points.py"),
    *("integration/conformance/test_any_frame.py", "integration/cli/test_supervisor.py", "e2e/test_two_gateways.py"),
    *("e2e/test_outages.py", "e2e/test_cli.py", "e2e/test_limits.py", "e2e/test_nodes.py", "packaging/test_wheel.py"),
    *("integration/workers/test_beat.py", "integration/coordination/test_lane_properties.py"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files in front; the others keep the order that they were shuffled into."""
    ranks = {name: rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0].removeprefix("tests/"), len(LONG)))


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test fail where everything must be there."""
    report = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, and OPENCLAW_CI is set: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself whole."""
    report = yield
    if STRICT and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped, and OPENCLAW_CI is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One server for the session; a test that stops or empties it runs its own."""
    with running_redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    """The session's server as ``unix:///path``."""
    return redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the session's server, which is empty before the test and after it."""
    client = redis.Redis.from_url(redis_url, socket_timeout=10, decode_responses=False)
    client.flushall()
    try:
        yield client
    finally:
        client.flushall()
        client.close()
