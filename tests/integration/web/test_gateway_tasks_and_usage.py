"""Tasks and what was used, as clients ask for them, over a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract.store.world import World
from tests.integration.web.client import Client
from tests.integration.web.serving import serving
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import Desk, now_ms

pytestmark = pytest.mark.spec("B6", "K5")

DAY_MS = 24 * 3_600_000


@pytest.fixture
def world(desk: Desk, tmp_path: Path) -> Iterator[World]:
    database, _ = sql_parts(desk.stream, tmp_path)
    yield World(database, now_ms())
    database.close()


@pytest.fixture
def client(desk: Desk, tmp_path: Path) -> Iterator[Client]:
    database, parts = sql_parts(desk.stream, tmp_path)
    with serving(desk, tmp_path, **parts) as served, served.client() as client:
        yield client
    database.close()


def test_tasks_are_listed_shown_and_cancelled(client: Client, world: World) -> None:
    done = world.running("count the stars", key="agent:main:sky")
    world.finish(done, "about 6000")
    sent = client.result("chat.send", {"sessionKey": "sea", "message": "count the fish", "idempotencyKey": "k"})
    tasks = client.result("tasks.list", {})["tasks"]
    assert [(task["title"], task["status"]) for task in tasks] == [
        ("count the fish", "queued"),
        ("count the stars", "completed"),
    ]
    assert tasks[1]["terminalSummary"] == "about 6000"
    assert client.result("tasks.get", {"taskId": done.run_id})["task"] == tasks[1]
    cancelled = client.result("tasks.cancel", {"taskId": sent["runId"]})
    assert (cancelled["found"], cancelled["cancelled"], cancelled["task"]["status"]) == (True, True, "cancelled")
    again = client.result("tasks.cancel", {"taskId": sent["runId"]})
    assert (again["cancelled"], again["reason"]) == (False, "it is cancelled already")
    assert not client.result("tasks.cancel", {"taskId": "nobody"})["found"]
    assert client.call("tasks.get", {"taskId": "nobody"})["error"]["message"] == "task not found: nobody"
    only = client.result("tasks.list", {"status": ["failed", "cancelled"], "sessionKey": "sea", "limit": 1})
    assert ([task["id"] for task in only["tasks"]], only["nextCursor"]) == (["k"], "2")
    rest = client.result("tasks.list", {"status": "cancelled", "cursor": only["nextCursor"]})
    assert rest == {"tasks": []}


@pytest.mark.parametrize("params", [{"status": "asleep"}, {"status": [1]}, {"status": {}}, {"cursor": "x"}])
def test_a_list_of_tasks_that_cannot_be_is_refused(client: Client, params: dict[str, Any]) -> None:
    assert client.call("tasks.list", params)["error"]["code"] == "INVALID_REQUEST"


def test_what_was_used_is_told_by_day(client: Client, world: World) -> None:
    today = world.now
    world.now = today - 2 * DAY_MS
    world.finish(world.running(key="agent:main:a"))
    world.now = today
    world.finish(world.running(key="agent:main:a"))
    for _ in range(2):  # the second time from memory
        cost = client.result("usage.cost", {"days": 3})
        assert (cost["days"], [day["totalTokens"] for day in cost["daily"]]) == (3, [15, 0, 15])
        assert (cost["totals"]["input"], cost["totals"]["missingCostEntries"]) == (20, 2)
        assert cost["daily"][-1]["date"] == datetime.now(UTC).date().isoformat()
    assert client.result("usage.status", {})["providers"] == []


def test_a_day_begins_where_the_caller_is(client: Client, world: World) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=3)
    world.now = int(noon.replace(hour=23).timestamp() * 1000)
    world.finish(world.running(key="agent:main:a"))
    asked = {"startDate": noon.date().isoformat(), "endDate": (noon + timedelta(days=1)).date().isoformat()}
    assert [day["totalTokens"] for day in client.result("usage.cost", asked)["daily"]] == [15, 0]
    east = client.result("usage.cost", {**asked, "mode": "specific", "utcOffset": "UTC+2"})
    assert [day["totalTokens"] for day in east["daily"]] == [0, 15]


def test_what_was_used_is_told_by_session(client: Client, world: World) -> None:
    for key in ("agent:main:a", "agent:main:a", "agent:other:b"):
        world.finish(world.running(key=key))
    usage = client.result("sessions.usage", {"range": "7d"})
    assert [(row["key"], row["usage"]["totalTokens"]) for row in usage["sessions"]] == [
        ("agent:main:a", 30),
        ("agent:other:b", 15),
    ]
    assert usage["totals"]["totalTokens"] == 45
    assert usage["aggregates"]["byModel"][0]["count"] == 3
    one = client.result("sessions.usage", {"key": "a", "limit": 1})
    assert [row["key"] for row in one["sessions"]] == ["agent:main:a"]
    assert client.result("sessions.usage", {"key": "nobody"})["sessions"] == []


@pytest.mark.parametrize(
    "params",
    [
        {"startDate": "2026-13-01"},
        {"startDate": "2026-01-02", "endDate": "2026-01-01"},
        {"startDate": "2020-01-01", "endDate": "2026-01-01"},
        {"mode": "specific", "utcOffset": "UTC+99"},
        {"timeZone": "Europe/Berlin"},
        {"days": 0},
    ],
)
def test_a_time_that_cannot_be_is_refused(client: Client, params: dict[str, Any]) -> None:
    assert client.call("usage.cost", params)["error"]["code"] == "INVALID_REQUEST"
