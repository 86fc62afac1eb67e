"""Thousands of sessions: the queries that run often read an index, and pages are complete."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Select, insert, text

from openclaw.ports.store import SessionFilter
from openclaw.store import Database
from openclaw.store.models import inbound, outbox, sessions, system_events, transcript
from openclaw.store.repositories import admission, open_messages, purge, sweep
from openclaw.store.repositories import outbox as outbox_statements
from openclaw.store.repositories import sessions as session_statements
from openclaw.store.repositories import system_events as event_statements
from tests.contract.store.databases import empty
from tests.contract.store.world import World


@pytest.fixture(scope="module")
def full_world(module_database: Database) -> World:
    """Thousands of sessions, messages and entries, nearly all of them finished."""
    empty(module_database)
    world = World(module_database)
    message = {
        "route": {},
        "options": {},
        "extra": {},
        "media": [],
        "mode": "collect",
        "merge_key": "k",
        "sender_key": "s",
        "background": False,
        "lane_class": "main",
        "channel": "telegram",
        "account": "default",
        "peer_kind": "direct",
        "peer_id": "p",
        "sender_id": "s",
        "sender_name": "",
        "text": "hello",
        "not_before_ms": 0,
        "accepted_at_ms": 1,
        "ended_at_ms": 2,
        "open": False,
        "disposition": "turn",
    }
    with world.database.write() as connection:
        connection.execute(
            insert(sessions),
            [
                {
                    "id": n,
                    "session_key": f"agent:main:{n}",
                    "session_uuid": f"u{n}",
                    "agent_id": f"agent{n % 20}",
                    "lane_class": "main",
                    "queue": "agent.main",
                    "kind": "direct",
                    "channel": "telegram",
                    "display_name": "",
                    "created_at_ms": n,
                    "updated_at_ms": n * 7919 % 100_003,
                }
                for n in range(1_000_001, 1_004_001)
            ],
        )
        connection.execute(
            insert(inbound),
            [
                {**message, "session_id": n, "ordinal": 1, "source_key": f"k{n}", "run_id": f"r{n}"}
                for n in range(1_000_001, 1_004_001)
            ],
        )
        connection.execute(
            insert(transcript),
            [
                {
                    "session_id": 1_000_001 + n % 4,
                    "seq": n,
                    "session_uuid": f"u{1_000_001 + n % 4}",
                    "entry_id": str(n),
                    "role": "user",
                    "blocks": [],
                    "run_id": "r",
                    "facts": {},
                    "created_at_ms": n,
                }
                for n in range(8000)
            ],
        )
        connection.execute(
            insert(outbox),
            [
                {
                    "key": str(n),
                    "reply_index": 0,
                    "chunk_index": 0,
                    "conversation": f"c{n % 500}",
                    "route": {},
                    "text": "t",
                    "state": "sent",
                    "due_at_ms": n,
                    "created_at_ms": n,
                    "ended_at_ms": n,
                }
                for n in range(4000)
            ],
        )
        connection.execute(
            insert(system_events),
            [
                {
                    "session_id": 1_000_001 + n,
                    "text": "t",
                    "source": "s",
                    "untrusted": True,
                    "key": str(n),
                    "created_at_ms": n,
                    "run_id": None if n % 100 == 0 else "r",
                }
                for n in range(4000)
            ],
        )
    if world.database.dialect == "postgresql":
        with world.database.write() as connection:
            connection.execute(text("ANALYZE"))
    return world


def plan(connection: Connection, statement: Select[Any], parameters: dict[str, object]) -> str:
    state = statement.compile(connection).construct_expanded_state(parameters)
    prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    values = state.positional_parameters if connection.dialect.positional else state.parameters
    return "\n".join(" ".join(map(str, row)) for row in connection.exec_driver_sql(prefix + state.statement, values))


def listing(**wanted: Any) -> Any:
    """The statement of a session list."""
    return session_statements._NEWEST.where(*session_statements._conditions(SessionFilter(**wanted)))


QUERIES = {
    "list": (listing(), {"p_limit": 50, "p_offset": 100}, "ix_sessions_updated"),
    "list of an agent": (listing(agent_ids=("main",)), {"p_limit": 50, "p_offset": 100}, "ix_sessions_"),
    "list of a label": (listing(agent_ids=("main",), label="x"), {"p_limit": 50, "p_offset": 0}, "ix_sessions_"),
    "list of a parent": (listing(parent_key="x"), {"p_limit": 50, "p_offset": 0}, "ix_sessions_"),
    "list with what was put away": (listing(archived="all"), {"p_limit": 50, "p_offset": 0}, "ix_sessions_updated"),
    "deleted sessions": (purge._DELETED, {}, "ix_sessions_deleted"),
    "replies of deleted runs": (purge._LEAVING, {"p_runs": ["a", "b"]}, "ix_outbox_"),
    "entries since": (
        session_statements._ENTRIES_AFTER,
        {"p_session": 1_000_002, "p_uuid": "x", "p_after": 5, "p_limit": 10},
        "session_id",
    ),
    "last words": (session_statements._LAST_SAID, {"p_ids": [1_000_002, 1_000_003]}, "session_id"),
    "history": (
        session_statements._ENTRIES,
        {"p_session": 1_000_002, "p_uuid": "u1000002", "p_limit": 50},
        "transcript_",
    ),
    "unfinished messages": (open_messages._READ, {"p_session": 1_000_002}, "ix_inbound_open"),
    "steers": (open_messages._STEERS, {"p_session": 1_000_002, "p_sender": "s"}, "ix_inbound_open"),
    "load": (
        admission._COUNTS,
        {"p_session": 1_000_002, "p_class": "main", "p_max_session": 100, "p_max_class": 1000},
        "ix_inbound_open_class",
    ),
    "sweep": (sweep._UNFINISHED, {"p_after": 0, "p_limit": 500}, "ix_inbound_open"),
    "overdue": (
        sweep._OVERDUE,
        {"p_started_before": 1, "p_idle_since": 1, "p_limit": 10},
        "ix_runs_running",
    ),
    "due waits": (sweep._DUE_WAITS, {"p_now": 1, "p_limit": 10}, "ix_waits_due"),
    "due replies": (outbox_statements._DUE, {"p_now": 9999, "p_limit": 500}, "ix_outbox_"),
    "last route": (session_statements._ROUTES, {"p_key": "agent:main:1000002"}, "session_id"),
    "owed wakes": (event_statements._OWED, {"p_limit": 200}, "ix_system_events_wake"),
    "queued events": (event_statements._QUEUED, {"p_key": "agent:main:1", "p_limit": 20}, "ix_system_events_unheard"),
    "untold drops": (open_messages._UNTOLD_TEXTS, {"p_session": 1_000_002, "p_cap": 20}, "ix_inbound_untold"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_that_runs_often_reads_an_index(full_world: World, name: str) -> None:
    statement, parameters, index = QUERIES[name]
    with full_world.database.read() as connection:
        if full_world.database.dialect == "postgresql":
            # Tables as small as a test's are scanned by choice; what is asked here is whether the index can serve.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explained = plan(connection, statement, parameters)
    assert index in explained, explained
    assert "Seq Scan" not in explained, explained


def test_pages_of_many_sessions_are_complete(full_world: World) -> None:
    seen: list[str] = []
    while True:
        page, total = full_world.sessions.list_sessions(limit=700, offset=len(seen))
        if not page:
            break
        seen += [view.session_key for view in page]
        assert [v.updated_at_ms for v in page] == sorted((v.updated_at_ms for v in page), reverse=True)
    assert total == 4000
    assert len(set(seen)) == 4000
