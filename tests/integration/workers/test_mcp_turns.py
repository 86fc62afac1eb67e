"""Turns that use an MCP server's tools, on every pool that workers may use for it."""

from __future__ import annotations

import sys

import pytest

from tests.integration.workers.cluster import cluster
from tests.mcp_process import at_a_port
from tests.stack import ROOT, free_port

pytestmark = [pytest.mark.spec("E9"), pytest.mark.timeout(120)]

CONFIG = f"""
[mcp.servers.stand-in]
command = "{sys.executable}"
args = ["-m", "tests.mcp_server"]
cwd = "{ROOT}"
env = {{ STARTS = "%s" }}
[mcp.servers.broken]
command = "/nowhere/to/be/found"
[agents.main]
[agents.main.tools]
deny = ["stand-in__refuse"]
"""


@pytest.mark.parametrize("pool", ["threads", "prefork", "gevent"])
def test_a_turn_calls_a_tool_of_a_server_that_its_worker_starts(redis_client, redis_url, tmp_path, pool):
    starts = tmp_path / "starts"
    with cluster(redis_url, CONFIG % starts) as c:
        c.start(pool=pool, concurrency=1)
        assert not starts.exists()
        for text in ("first", "second"):
            run_id = c.say(f'[[tool:stand-in__echo {{"text": "{text}"}}]] go')
            assert c.wait_done(run_id)["status"] == "succeeded"
        results = [row["blocks"] for row in c.ledger.query("SELECT blocks FROM transcript WHERE role = 'tool'")]
        assert len(starts.read_text().splitlines()) == 1
        # Gateways, which start no servers, know its tools by now.
        assert "echo" in {tool.name for tool in c.storage.mcp_tools.all()["stand-in"]}
        assert ["first" in results[0], "second" in results[1]] == [True, True]
        assert all("untrusted-data" in text for text in results)
        # What the policy takes away is no tool, and a server that is down breaks nothing.
        denied = c.say("[[tool:stand-in__refuse {}]] go")
        assert c.wait_done(denied)["status"] == "succeeded"
        last = c.ledger.query("SELECT blocks FROM transcript WHERE role = 'tool' ORDER BY seq DESC LIMIT 1")
        assert "removed by agents.main.tools" in last[0]["blocks"]


def test_a_server_of_which_nothing_may_be_used_is_not_started(redis_client, redis_url, tmp_path):
    starts = tmp_path / "starts"
    with cluster(redis_url, f'[tools]\nprofile = "coding"\n{CONFIG % starts}') as c:
        c.start(concurrency=1)
        assert c.wait_done(c.say("[[tool:stand-in__echo {}]] go"))["status"] == "succeeded"
        assert not starts.exists()


@pytest.mark.parametrize("pool", ["threads", "gevent"])
def test_a_turn_calls_a_tool_of_a_server_at_an_address(redis_client, redis_url, pool):
    port = free_port()
    with at_a_port("http", port), cluster(redis_url, f'[mcp.servers.far]\nurl = "http://127.0.0.1:{port}/mcp"\n') as c:
        c.start(pool=pool, concurrency=1)
        assert c.wait_done(c.say('[[tool:far__echo {"text": "hello out there"}]] go'))["status"] == "succeeded"
        (result,) = c.ledger.query("SELECT blocks FROM transcript WHERE role = 'tool'")
        assert "hello out there" in result["blocks"]
