"""What every test stands on: a scrubbed environment, one private Redis, and a count of what was skipped."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator

import pytest
import redis
from hypothesis import HealthCheck, settings

from tests.environment import scrub, strict_skips
from tests.redis_server import RedisServer, running_redis_server

pytest_plugins = ["tests.plugins.spec"]

# Before any of our modules is imported: some libraries read the environment only then.
STRICT = strict_skips()
HOME = tempfile.mkdtemp(prefix="oc-home-")
scrub(os.environ, HOME)

# How long an example takes says how busy the machine is.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


#: Files that take the longest: begun first, so that at the end nobody waits for one of them alone.
LONG = (
    *("integration/workers/test_turns.py", "chaos/test_crash_points.py", "integration/cli/test_supervisor.py"),
    *("e2e/test_cli.py", "chaos/test_chaos.py", "integration/tools/test_mcp_servers.py"),
    *("integration/workers/test_mcp_turns.py", "integration/workers/test_spoken_replies.py", "e2e/test_limits.py"),
    *("integration/conformance/test_any_frame.py", "e2e/test_lanes_command.py", "packaging/test_wheel.py"),
    *("e2e/test_hooks_and_tools.py", "integration/tools/test_exec_tool.py", "e2e/test_nodes.py", "e2e/test_outages.py"),
    *("integration/coordination/test_stream_outage.py", "integration/workers/test_browser_turns.py"),
    *("integration/workers/test_beat.py", "e2e/test_two_gateways.py", "e2e/test_providers.py"),
    *("e2e/test_openai_api.py", "integration/agent/test_budgets.py", "e2e/test_workers.py", "e2e/test_telegram.py"),
    *("integration/web/test_gateway_conversation.py", "integration/web/test_gateway_gunicorn.py"),
    *("integration/coordination/test_lane_properties.py",),
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
