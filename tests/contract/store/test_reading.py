"""Lists, pages and totals."""

from __future__ import annotations

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.transcript import assistant_text
from openclaw.ports.store import SessionFilter
from tests.contract.store.world import KEY, World


def test_sessions_are_listed_most_recently_updated_first(world: World) -> None:
    for n in range(5):
        world.now += 1
        world.send(key=f"agent:main:{n}")
    world.now += 1
    world.send(key="agent:main:1")
    page, total = world.sessions.list_sessions(limit=2)
    assert ([s.session_key for s in page], total) == (["agent:main:1", "agent:main:4"], 5)
    page, _ = world.sessions.list_sessions(limit=2, offset=2)
    assert [s.session_key for s in page] == ["agent:main:3", "agent:main:2"]
    assert [s.pending for s in world.sessions.list_sessions(SessionFilter(agent_ids=("main",)))[0]] == [2, 1, 1, 1, 1]
    assert world.sessions.list_sessions(SessionFilter(agent_ids=("other",))) == ([], 0)


def test_a_conversation_is_read_backwards_in_pages(world: World) -> None:
    claim = world.running("0")
    for n in range(1, 10):
        world.commit(claim, assistant_text(str(n)))
    newest, total = world.sessions.history(KEY, limit=4)
    assert ([e.message.text for e in newest], total) == (["6", "7", "8", "9"], 10)
    older, total = world.sessions.history(KEY, limit=4, before_seq=newest[0].seq)
    assert ([e.message.text for e in older], total) == (["2", "3", "4", "5"], 10)
    assert len({e.id for e in newest + older}) == 8
    assert {e.run_id for e in newest} == {claim.run_id}


def test_pending_messages_are_listed_in_order(world: World) -> None:
    first = world.send("a", QueueMode.QUEUE)
    second = world.send("b", QueueMode.FOLLOWUP)
    pending = world.sessions.pending(KEY)
    assert len({item.pop("id") for item in pending}) == 2
    assert pending == [
        {"run_id": first.run_id, "ordinal": 1, "text": "a", "mode": "queue", "accepted_at_ms": world.now},
        {"run_id": second.run_id, "ordinal": 2, "text": "b", "mode": "followup", "accepted_at_ms": world.now},
    ]
    assert [item["ordinal"] for item in world.sessions.pending(KEY, limit=1)] == [2]
    assert [item["ordinal"] for item in world.sessions.pending(KEY, limit=1, before=2)] == [1]
    assert world.sessions.pending("agent:main:none") == []


def test_totals(world: World) -> None:
    world.finish(world.running(key="agent:main:a"), replies=("one", "two"))
    world.running(key="agent:main:b")
    world.send(key="agent:main:c")
    assert world.sessions.counts() == {
        "sessions": 3,
        "pending": 2,
        "running": 1,
        "outbox_due": 2,
        "outbox_unknown": 0,
        "outbox_failed": 0,
    }
    world.sessions.check()
    assert world.sessions.session("agent:main:none") is None


def test_the_last_route_is_that_of_the_newest_message_from_a_channel(world: World) -> None:
    assert world.sessions.last_route(KEY) is None
    world.send("from a client", client=True)
    assert world.sessions.last_route(KEY) is None
    world.send("first", route=ReplyRoute("telegram", "default", "7"))
    world.send("second", route=ReplyRoute("telegram", "default", "8", thread_id="t"))
    world.send("from a client", client=True)
    world.send("elsewhere", key="agent:main:other", route=ReplyRoute("telegram", "default", "9"))
    assert world.sessions.last_route(KEY) == ReplyRoute("telegram", "default", "8", thread_id="t")
