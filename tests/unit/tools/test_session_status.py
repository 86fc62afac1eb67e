"""``session_status`` tells the agent where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.domain.run import ReplayPolicy, RiskClass, Usage
from openclaw.errors import ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.tool import ToolContext
from openclaw.tools.session_status import SessionStatusTool

CONTEXT = ToolContext(
    run_id="r1",
    session_key="agent:main:main",
    agent_id="main",
    workspace=Path("/nowhere"),
    model="demo/echo",
    cancel=CancelToken(),
    session={"queue_mode": "collect", "pending": 2, "usage": Usage(10, 5).to_json()},
)


def test_the_facts_are_listed():
    text = SessionStatusTool(clock=lambda: 1_767_225_600_000).run({}, CONTEXT).text
    assert text.split("\n") == [
        "time: Thursday, 2026-01-01 00:00:00 UTC",
        "session: agent:main:main",
        "agent: main",
        "model: demo/echo",
        "run: r1",
        "queue_mode: collect",
        "pending: 2",
        "usage.input: 10",
        "usage.output: 5",
        "usage.cacheRead: 0",
        "usage.cacheWrite: 0",
    ]


def test_it_takes_no_arguments():
    with pytest.raises(ToolError, match="session_status"):
        SessionStatusTool().run({"verbose": True}, CONTEXT)


def test_it_only_reads():
    tool = SessionStatusTool()
    assert (tool.replay, tool.risk) == (ReplayPolicy.SAFE, RiskClass.READ)
