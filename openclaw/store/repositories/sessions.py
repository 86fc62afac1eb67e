"""Reading sessions and their conversations, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, literal, literal_column, or_, select

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.transcript import Message, blocks_from_json
from openclaw.ports.store import EVERY_SHOWN, SessionFilter, SessionGlimpse, SessionView, TranscriptEntry
from openclaw.store.database import Database
from openclaw.store.models import inbound, outbox, runs, sessions, transcript
from openclaw.store.rows import AnyRow, usage_of

_pending = (
    select(func.count()).where(inbound.c.session_id == sessions.c.id, inbound.c.open).scalar_subquery().label("pending")
)

_SESSIONS = select(sessions, _pending)
_NEWEST = (
    _SESSIONS.order_by(sessions.c.updated_at_ms.desc(), sessions.c.id.desc())
    .limit(bindparam("p_limit"))
    .offset(bindparam("p_offset"))
)
_COUNT = select(func.count()).select_from(sessions)
_NOT_DELETED = sessions.c.deleted_at_ms.is_(None)
_BY_ARCHIVED = {"no": ~sessions.c.archived, "only": sessions.c.archived & _NOT_DELETED, "all": _NOT_DELETED}
_ONE = _SESSIONS.where(sessions.c.session_key == bindparam("p_key"))

#: A statement takes only so many parameters.
_IDS_AT_ONCE = 500
_BY_IDS = _SESSIONS.where(sessions.c.id.in_(bindparam("p_ids", expanding=True)), _NOT_DELETED)

_CONVERSATION = select(sessions.c.id, sessions.c.session_uuid).where(sessions.c.session_key == bindparam("p_key"))
_entries_of = (transcript.c.session_id == bindparam("p_session"), transcript.c.session_uuid == bindparam("p_uuid"))
#: What an entry is made of.
ENTRY_COLUMNS = (
    transcript.c.seq,
    transcript.c.entry_id,
    transcript.c.role,
    transcript.c.blocks,
    transcript.c.run_id,
    transcript.c.created_at_ms,
    transcript.c.facts,
)
_ENTRY = select(*ENTRY_COLUMNS)
_ENTRIES = _ENTRY.where(*_entries_of).order_by(transcript.c.seq.desc()).limit(bindparam("p_limit"))
_ENTRIES_BEFORE = _ENTRIES.where(transcript.c.seq < bindparam("p_before"))
_ENTRIES_AFTER = (
    _ENTRY.where(*_entries_of, transcript.c.seq > bindparam("p_after"))
    .order_by(transcript.c.seq)
    .limit(bindparam("p_limit"))
)
_ONE_ENTRY = _ENTRY.where(transcript.c.session_id == bindparam("p_session"), transcript.c.seq == bindparam("p_seq"))
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

#: Entries at either end of a conversation that are looked through for words.
_GLIMPSE_WINDOW = 4
_spoken = and_(
    transcript.c.session_id == sessions.c.id,
    transcript.c.session_uuid == sessions.c.session_uuid,
    transcript.c.role.in_(("user", "assistant")),
)
_FIRST_SAID = (
    select(sessions.c.id, transcript.c.blocks)
    .join(
        transcript,
        and_(_spoken, transcript.c.seq.between(sessions.c.base_seq + 1, sessions.c.base_seq + _GLIMPSE_WINDOW)),
    )
    .where(sessions.c.id.in_(bindparam("p_ids", expanding=True)), transcript.c.role == "user")
    .order_by(sessions.c.id, transcript.c.seq)
)
_LAST_SAID = (
    select(sessions.c.id, transcript.c.blocks)
    .join(transcript, and_(_spoken, transcript.c.seq > sessions.c.last_seq - _GLIMPSE_WINDOW))
    .where(sessions.c.id.in_(bindparam("p_ids", expanding=True)))
    .order_by(sessions.c.id, transcript.c.seq.desc())
)

_PENDING = (
    select(inbound.c.id, inbound.c.run_id, inbound.c.ordinal, inbound.c.text, inbound.c.mode, inbound.c.accepted_at_ms)
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .where(sessions.c.session_key == bindparam("p_key"), inbound.c.open)
    .order_by(inbound.c.ordinal.desc())
    .limit(bindparam("p_limit"))
)
_PENDING_BEFORE = _PENDING.where(inbound.c.ordinal < bindparam("p_before"))

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
    _COUNT.where(_NOT_DELETED).scalar_subquery().label("sessions"),
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
    select(func.count())
    .select_from(outbox)
    .where(outbox.c.state == literal_column("'failed'"))
    .scalar_subquery()
    .label("outbox_failed"),
)


class SqlSessionQueries:
    """Implements ``SessionQueries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_sessions(
        self, wanted: SessionFilter = EVERY_SHOWN, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[SessionView], int]:
        """Most recently updated first, with how many there are in all."""
        conditions = list(_conditions(wanted))
        page = {"p_limit": max(0, limit), "p_offset": max(0, offset)}
        with self._database.read() as connection:
            rows = connection.execute(_NEWEST.where(*conditions), page).all()
            total = connection.execute(_COUNT.where(*conditions)).scalar_one()
        return [_session_view(row) for row in rows], int(total)

    def by_ids(self, session_ids: Sequence[int]) -> list[SessionView]:
        """Sessions by their numbers; those that were deleted are left out."""
        found: list[SessionView] = []
        with self._database.read() as connection:
            for start in range(0, len(session_ids), _IDS_AT_ONCE):
                rows = connection.execute(_BY_IDS, {"p_ids": list(session_ids[start : start + _IDS_AT_ONCE])})
                found += [_session_view(row) for row in rows]
        return found

    def glimpses(self, session_ids: Sequence[int]) -> dict[int, SessionGlimpse]:
        """What the first person said in each session's conversation, and what was said last."""
        wanted = {"p_ids": list(session_ids)}
        with self._database.read() as connection:
            first = connection.execute(_FIRST_SAID, wanted).all()
            last = connection.execute(_LAST_SAID, wanted).all()
        openings, endings = _first_words(first), _first_words(last)
        return {id_: SessionGlimpse(openings.get(id_, ""), endings.get(id_, "")) for id_ in session_ids}

    def busy_sessions(self, *, limit: int = 200) -> list[SessionView]:
        """Sessions with unfinished messages, most recently updated first."""
        with self._database.read() as connection:
            rows = connection.execute(_BUSY, {"p_limit": max(0, limit), "p_offset": 0}).all()
        return [_session_view(row) for row in rows]

    def session(self, session_key: str) -> SessionView | None:
        """One session, ``None`` for an unknown key."""
        with self._database.read() as connection:
            return read_session(connection, session_key)

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
        return [entry_of(row) for row in reversed(rows)], int(total)

    def since(self, session_key: str, session_uuid: str, after_seq: int, limit: int) -> list[TranscriptEntry] | None:
        """The first ``limit`` entries behind ``after_seq``; ``None`` when that is not the current conversation."""
        with self._database.read() as connection:
            session = connection.execute(_CONVERSATION, {"p_key": session_key}).one_or_none()
            if session is None or session.session_uuid != session_uuid:
                return None
            page = {"p_session": session.id, "p_uuid": session_uuid, "p_after": after_seq, "p_limit": limit}
            return [entry_of(row) for row in connection.execute(_ENTRIES_AFTER, page).all()]

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

    def pending(self, session_key: str, limit: int = 50, before: int | None = None) -> list[dict[str, Any]]:
        """The newest unfinished messages, in their order: id, run_id, ordinal, text, mode, accepted_at_ms.

        With ``before``, those of lower ordinals.
        """
        page: dict[str, Any] = {"p_key": session_key, "p_limit": limit}
        with self._database.read() as connection:
            if before is None:
                rows = connection.execute(_PENDING, page).mappings().all()
            else:
                rows = connection.execute(_PENDING_BEFORE, {**page, "p_before": before}).mappings().all()
        return [dict(row) for row in reversed(rows)]

    def counts(self) -> dict[str, int]:
        """Small totals for ``status``: sessions, pending, running, outbox_due, outbox_unknown, outbox_failed."""
        with self._database.read() as connection:
            return dict(connection.execute(_COUNTS).mappings().one())

    def check(self) -> None:
        """One cheap round trip; raises StoreUnavailable."""
        with self._database.read() as connection:
            connection.execute(select(literal(1)))


def read_session(connection: Connection, session_key: str) -> SessionView | None:
    """One session as this transaction sees it."""
    row = connection.execute(_ONE, {"p_key": session_key}).one_or_none()
    return None if row is None else _session_view(row)


def read_entry(connection: Connection, session_id: int, seq: int) -> TranscriptEntry:
    """One entry that is known to exist, as this transaction sees it."""
    return entry_of(connection.execute(_ONE_ENTRY, {"p_session": session_id, "p_seq": seq}).one())


def _conditions(wanted: SessionFilter) -> Iterator[ColumnElement[bool]]:
    yield _BY_ARCHIVED[wanted.archived]
    if wanted.agent_ids is not None:
        yield sessions.c.agent_id.in_(wanted.agent_ids)
    if wanted.label is not None:
        yield sessions.c.label == wanted.label
    if wanted.parent_key is not None:
        yield sessions.c.parent_key == wanted.parent_key
    if wanted.updated_since_ms:
        yield sessions.c.updated_at_ms >= wanted.updated_since_ms
    if wanted.search:
        columns = (sessions.c.session_key, sessions.c.label, sessions.c.display_name)
        yield or_(*(column.icontains(wanted.search, autoescape=True) for column in columns))


def _first_words(rows: Iterable[AnyRow]) -> dict[int, str]:
    """The text of the first row of each session that has any."""
    found: dict[int, str] = {}
    for row in rows:
        if row.id not in found and (text := Message("user", blocks_from_json(row.blocks)).text.strip()):
            found[row.id] = text
    return found


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
        usage=usage_of(row),
        model=row.model,
        last_ordinal=row.last_ordinal,
        pending=row.pending,
        active_run_id=row.active_run_id,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
        label=row.label,
        archived=bool(row.archived),
        pinned=bool(row.pinned),
        parent_key=row.parent_key,
        context_tokens=row.context_tokens,
        compactions=row.compactions,
    )


def entry_of(row: AnyRow) -> TranscriptEntry:
    """An entry from a row of ``ENTRY_COLUMNS``."""
    return TranscriptEntry(
        seq=row.seq,
        id=row.entry_id,
        message=Message(row.role, blocks_from_json(row.blocks)),
        run_id=row.run_id,
        created_at_ms=row.created_at_ms,
        facts=row.facts,
    )
