"""System events and the turns they ask for, on a real store and real lanes; the worker's part runs in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.composition.intake import build_event_desk
from openclaw.composition.worker import WorkerServices, build_worker_services
from openclaw.domain.envelope import Sender
from openclaw.domain.system_events import NewSystemEvent
from openclaw.intake.machine_message import MachineMessage
from tests.integration.workers.cluster import Cluster, cluster

MAIN = "agent:main:main"


@pytest.fixture
def made(redis_client: object, redis_url: str) -> Iterator[tuple[Cluster, WorkerServices]]:
    with cluster(redis_url) as c:
        c.keeper.open_lanes()
        yield c, build_worker_services(c.live)


def run_next(c: Cluster, services: WorkerServices, session_key: str) -> dict[str, object]:
    """Run the session's next turn; how it ended."""
    (row,) = c.ledger.query("SELECT id FROM sessions WHERE session_key = ?", session_key)
    (view,) = c.redis.lanes.view([row["id"]])
    services.runner.run(row["id"], view.fence)
    return c.ledger.query("SELECT * FROM runs WHERE session_id = ? ORDER BY started_at_ms DESC, rowid DESC", row["id"])[
        0
    ]


@pytest.mark.spec("E1", "K1")
def test_a_wake_now_is_a_turn_that_hears_what_woke_it(made: tuple[Cluster, WorkerServices]) -> None:
    c, services = made
    desk = build_event_desk(c.storage, c.intake)
    desk.post(MAIN, "first", source="operator", untrusted=False)
    desk.post(MAIN, "the door is open", source="hook door", wake=True)
    run = run_next(c, services, MAIN)
    assert run["status"] == "succeeded"
    (entry, *_), _ = c.storage.sessions.history(MAIN)
    said = entry.message.text
    assert said.index("first") < said.index("the door is open") < said.index("[Wake-up]")
    assert "the door is open" in str(run["reply_text"])


@pytest.mark.spec("K1")
def test_a_wake_whose_asker_died_is_made_good_by_the_sweep_once(made: tuple[Cluster, WorkerServices]) -> None:
    c, services = made
    event = NewSystemEvent(session_key=MAIN, text="left alone", source="operator", key="e1", wake=True)
    c.storage.system_events.post(event, services.clock())
    services.sweep()
    services.sweep()
    assert run_next(c, services, MAIN)["status"] == "succeeded"
    services.sweep()
    assert c.ledger.query("SELECT count(*) AS n FROM inbound") == [{"n": 1}]


@pytest.mark.spec("K1")
def test_an_agent_that_is_gone_is_not_woken_and_keeps_its_events(made: tuple[Cluster, WorkerServices]) -> None:
    c, services = made
    event = NewSystemEvent(session_key="agent:gone:main", text="hello?", source="operator", key="e1", wake=True)
    c.storage.system_events.post(event, services.clock())
    services.sweep()
    assert c.storage.system_events.owed_wakes(10) == []
    assert len(c.storage.system_events.queued("agent:gone:main", 10)) == 1
    assert c.ledger.query("SELECT count(*) AS n FROM inbound") == [{"n": 0}]


@pytest.mark.spec("E1", "K1")
def test_the_end_of_a_run_wakes_the_main_session(made: tuple[Cluster, WorkerServices]) -> None:
    c, services = made
    message = MachineMessage(
        session_key="agent:main:hook:1",
        text="read the news",
        source_key="hook:1",
        sender=Sender("hook"),
        options={"announce": {"label": "hook news", "wake": True}},
    )
    run_id = c.intake.submit_machine_message(message).run_id
    assert run_next(c, services, "agent:main:hook:1")["run_id"] == run_id
    heard = str(run_next(c, services, MAIN)["reply_text"])
    assert f"hook news, run {run_id} succeeded" in heard
    assert "read the news" in heard
