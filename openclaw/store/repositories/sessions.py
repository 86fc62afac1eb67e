"""Reading sessions and their conversations, a page at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.run import Usage
from openclaw.domain.transcript import Message, blocks_from_json
from openclaw.ports.store import SessionView, TranscriptEntry
from openclaw.store.database import Database
from openclaw.store.models import inbound, outbox, runs, sessions, transcript
from openclaw.store.rows import AnyRow

_pending = (
    select(func.count()).where(inbound.c.session_id == sessions.c.id, inbound.c.open).scalar_subquery().label("pending")
)

_SESSIONS = select(sessions, _pending)
_NEWEST = (
    _SESSIONS.order_by(sessions.c.updated_at_ms.desc(), sessions.c.id.desc())
    .limit(bindparam("p_limit"))
    .offset(bindparam("p_offset"))
)
#: What was put away is not listed.
_shown = ~sessions.c.archived
_LIST = _NEWEST.where(_shown)
_of_agent = sessions.c.agent_id == bindparam("p_agent")
_COUNT = select(func.count()).select_from(sessions).where(_shown)
_ONE = _SESSIONS.where(sessions.c.session_key == bindparam("p_key"))

_CONVERSATION = select(sessions.c.id, sessions.c.session_uuid).where(sessions.c.session_key == bindparam("p_key"))
_entries_of = (transcript.c.session_id == bindparam("p_session"), transcript.c.session_uuid == bindparam("p_uuid"))
_ENTRIES = (
    select(
        transcript.c.seq,
        transcript.c.entry_id,
        transcript.c.role,
        transcript.c.blocks,
        transcript.c.run_id,
        transcript.c.created_at_ms,
        transcript.c.facts,
    )
    .where(*_entries_of)
    .order_by(transcript.c.seq.desc())
    .limit(bindparam("p_limit"))
)
_ENTRIES_BEFORE = _ENTRIES.where(transcript.c.seq < bindparam("p_before"))
_COUNT_ENTRIES = select(func.count()).select_from(transcript).where(*_entries_of)

#: How far back in its session a run's words are looked for, in entries.
_SAID_WINDOW = 1000
_SAID = (
    select(transcript.c.role, transcript.c.blocks)
    .join(sessions, sessions.c.id == transcript.c.session_id)
    .where(
        sessions.c.session_key == bindparam("p_key"),
        transcript.c.seq > sessions.c.last_seq - _SAID_WINDOW,
        transcript.c.run_id == bindparam("p_run"),
        transcript.c.role == "assistant",
    )
    .order_by(transcript.c.seq)
)

_PENDING = (
    select(inbound.c.run_id, inbound.c.ordinal, inbound.c.text, inbound.c.mode, inbound.c.accepted_at_ms)
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .where(sessions.c.session_key == bindparam("p_key"), inbound.c.open)
    .order_by(inbound.c.ordinal)
    .limit(bindparam("p_limit"))
)

#: How far back a session's last channel is looked for, in messages.
_ROUTES_WINDOW = 200
_ROUTES = (
    select(inbound.c.route)
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .where(sessions.c.session_key == bindparam("p_key"), inbound.c.ordinal > sessions.c.last_ordinal - _ROUTES_WINDOW)
    .order_by(inbound.c.ordinal.desc())
)

#: Sessions with unfinished messages; the running turn's own are among them.
_BUSY = _NEWEST.where(sessions.c.id.in_(select(inbound.c.session_id).where(inbound.c.open)))

_COUNTS = select(
    select(func.count()).select_from(sessions).scalar_subquery().label("sessions"),
    select(func.count()).select_from(inbound).where(inbound.c.open).scalar_subquery().label("pending"),
    select(func.count()).select_from(runs).where(runs.c.status == "running").scalar_subquery().label("running"),
    select(func.count())
    .select_from(outbox)
    .where(outbox.c.ended_at_ms.is_(None))
    .scalar_subquery()
    .label("outbox_due"),
    select(func.count())
    .select_from(outbox)
    .where(outbox.c.state == "unknown")
    .scalar_subquery()
    .label("outbox_unknown"),
)


class SqlSessionQueries:
    """Implements ``SessionQueries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_sessions(
        self, *, agent_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[SessionView], int]:
        """Most recently updated first, with the total count; those that were put away are left out."""
        page: dict[str, Any] = {"p_limit": max(0, limit), "p_offset": max(0, offset)}
        listing: Select[Any] = _LIST
        counting: Select[Any] = _COUNT
        agent: dict[str, Any] = {}
        if agent_id is not None:
            listing, counting, agent = _LIST.where(_of_agent), _COUNT.where(_of_agent), {"p_agent": agent_id}
        with self._database.read() as connection:
            rows = connection.execute(listing, {**page, **agent}).all()
            total = connection.execute(counting, agent).scalar_one()
        return [_session_view(row) for row in rows], int(total)

    def busy_sessions(self, *, limit: int = 200) -> list[SessionView]:
        """Sessions with unfinished messages, most recently updated first."""
        with self._database.read() as connection:
            rows = connection.execute(_BUSY, {"p_limit": max(0, limit), "p_offset": 0}).all()
        return [_session_view(row) for row in rows]

    def session(self, session_key: str) -> SessionView | None:
        """One session, ``None`` for an unknown key."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_key": session_key}).one_or_none()
        return None if row is None else _session_view(row)

    def history(
        self, session_key: str, *, limit: int = 200, before_seq: int | None = None
    ) -> tuple[list[TranscriptEntry], int]:
        """The newest ``limit`` entries of the current conversation, oldest first, and how many there are in all."""
        with self._database.read() as connection:
            session = connection.execute(_CONVERSATION, {"p_key": session_key}).one_or_none()
            if session is None:
                return [], 0
            conversation = {"p_session": session.id, "p_uuid": session.session_uuid}
            page = {**conversation, "p_limit": max(0, limit)}
            if before_seq is None:
                rows = connection.execute(_ENTRIES, page).all()
            else:
                rows = connection.execute(_ENTRIES_BEFORE, {**page, "p_before": before_seq}).all()
            total = connection.execute(_COUNT_ENTRIES, conversation).scalar_one()
        return [_entry(row) for row in reversed(rows)], int(total)

    def said(self, session_key: str, run_id: str) -> list[Message]:
        """What the assistant has said in a run that is going on or has just ended, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_SAID, {"p_key": session_key, "p_run": run_id}).all()
        return [Message(row.role, blocks_from_json(row.blocks)) for row in rows]

    def last_route(self, session_key: str) -> ReplyRoute | None:
        """Where the newest message that came from a channel is answered; ``None`` when there is none, or not lately."""
        with self._database.read() as connection:
            routes = connection.execute(_ROUTES, {"p_key": session_key}).scalars()
            found = next((route for route in routes if route["channel"] != CLIENT_ROUTE.channel), None)
        return None if found is None else ReplyRoute.from_json(found)

    def pending(self, session_key: str, limit: int = 50) -> list[dict[str, Any]]:
        """Unfinished messages in their order: run_id, ordinal, text, mode, accepted_at_ms."""
        with self._database.read() as connection:
            rows = connection.execute(_PENDING, {"p_key": session_key, "p_limit": limit}).mappings()
            return [dict(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Small totals for ``status``: sessions, pending, running, outbox_due, outbox_unknown."""
        with self._database.read() as connection:
            return dict(connection.execute(_COUNTS).mappings().one())

    def check(self) -> None:
        """One cheap round trip; raises StoreUnavailable."""
        with self._database.read() as connection:
            connection.execute(select(literal(1)))


def _session_view(row: AnyRow) -> SessionView:
    return SessionView(
        id=row.id,
        session_key=row.session_key,
        session_uuid=row.session_uuid,
        agent_id=row.agent_id,
        lane_class=row.lane_class,
        kind=row.kind,
        channel=row.channel,
        display_name=row.display_name,
        settings=row.settings,
        usage=Usage(row.input_tokens, row.output_tokens, row.cache_read_tokens, row.cache_write_tokens),
        model=row.model,
        last_ordinal=row.last_ordinal,
        pending=row.pending,
        active_run_id=row.active_run_id,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )


def _entry(row: AnyRow) -> TranscriptEntry:
    return TranscriptEntry(
        seq=row.seq,
        id=row.entry_id,
        message=Message(row.role, blocks_from_json(row.blocks)),
        run_id=row.run_id,
        created_at_ms=row.created_at_ms,
        facts=row.facts,
    )
