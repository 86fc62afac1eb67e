"""Accepting a message: its ordinal, its place in the queue, its row, in one transaction.

The session row is locked first, so that ordinals follow each other without a gap and every decision sees the
queue as it is. A message that arrives twice, even at once on two gateways, is stored once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Boolean, Connection, and_, bindparam, update

from openclaw.domain.compaction import COMPACT
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.dials import ACTIVATION
from openclaw.domain.envelope import MediaRef
from openclaw.domain.mention_gate import MENTION
from openclaw.domain.queue_mode import STEERING, QueueMode
from openclaw.domain.queue_wish import QueueWish
from openclaw.domain.run import Disposition
from openclaw.errors import Busy, StoreUnavailable
from openclaw.ports.lanes import LaneWork
from openclaw.ports.store import Accepted, AcceptRequest, FreshStart, RunningTurn
from openclaw.store.database import Database
from openclaw.store.models import inbound, sessions
from openclaw.store.repositories.abort_mark import abort_queued, mark_abort
from openclaw.store.repositories.admission import Place, count_load, find_place, first_place, may_tell
from openclaw.store.repositories.duplicates import find_earlier
from openclaw.store.repositories.identity import bounded_key, merge_key, sender_key
from openclaw.store.repositories.media_files import add_remote
from openclaw.store.repositories.new_conversation import begin_conversation
from openclaw.store.repositories.open_messages import OVERHEARD
from openclaw.store.repositories.turn_messages import PREFACE
from openclaw.store.repositories.upsert import DialectInsert, insert_new
from openclaw.store.rows import AnyRow

_COLUMNS = (
    sessions.c.id,
    sessions.c.last_ordinal,
    sessions.c.active_run_id,
    sessions.c.notice_at_ms,
    sessions.c.last_seq,
    sessions.c.settings,
)

_NEXT_ORDINAL = (
    update(sessions)
    .where(sessions.c.session_key == bindparam("p_key"))
    .values(
        last_ordinal=sessions.c.last_ordinal + 1,
        lane_class=bindparam("p_class"),
        queue=bindparam("p_queue"),
        # Something new brings a session back from where it was put away.
        archived=and_(sessions.c.archived, bindparam("p_archived", type_=Boolean())),
        updated_at_ms=bindparam("p_now"),
    )
    .returning(*_COLUMNS)
)

_NOTE_OVERHEARD = update(sessions).where(sessions.c.id == bindparam("p_session")).values(overheard=bindparam("p_cap"))

_NEW_SESSION = DialectInsert(sessions, lambda insert: insert.on_conflict_do_nothing().returning(*_COLUMNS))
_NEW_MESSAGE = insert_new(inbound)

#: A taken run id is made unique in a second try, a hand-made collision with that in a third.
TRIES = 4


class _KeyTaken(Exception):
    """The source key or the run id is in the table already."""


class SqlIntakeStore:
    """Implements ``IntakeStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, request: AcceptRequest) -> Accepted:
        """Give the message its ordinal and store it; raises Busy for a client past max pending."""
        source_key = bounded_key(request.source_key)
        for attempt in range(TRIES):
            try:
                with self._database.write() as connection:
                    accepted = _accept(connection, request, source_key, attempt)
                    reach(CrashPoint.ACCEPT_BEFORE_COMMIT)
                return accepted
            except _KeyTaken:
                with self._database.read() as connection:
                    earlier = find_earlier(connection, source_key)
                if earlier is not None:
                    return earlier
        raise StoreUnavailable("no free run id was found for the message")


def _accept(connection: Connection, request: AcceptRequest, source_key: str, attempt: int) -> Accepted:
    session = _lock_session(connection, request)
    request = _as_wished(request, session)
    message = _Newcomer(connection, request, session, source_key, attempt)
    load = count_load(connection, session.id, request)
    says = request.envelope.text.strip() or request.envelope.media or request.envelope.files
    if not (says or request.options.get(PREFACE) or COMPACT in request.options):
        return message.store_ended(Disposition.REJECTED, "empty", pending=load.session)
    if _is_overheard(request, session):
        return message.store_overheard()
    full = load.session >= request.max_pending_session and request.fresh is None
    if full or load.lane_class >= request.max_pending_class:
        if find_earlier(connection, source_key) is not None:
            raise _KeyTaken
        if request.client:
            raise Busy("the session has as many messages waiting as it may", retry_after_seconds=1.0)
        return message.store_ended(Disposition.REJECTED, "busy", pending=load.session, tell=True)
    if request.fresh is not None:
        return message.store_fresh(request.fresh)
    if not (load.session or session.active_run_id):
        return message.store_waiting(first_place(request), pending=1)
    gathering = request.gather_ms > 0 and not session.active_run_id
    place = find_place(connection, session.id, request, merge_key(request.envelope), gathering=gathering)
    if place.reject:
        return message.store_ended(Disposition.DROPPED, "cap:new", pending=load.session, tell=True)
    return message.store_waiting(place, pending=load.session + 1 - len(place.dropped_run_ids))


def _as_wished(request: AcceptRequest, session: AnyRow) -> AcceptRequest:
    """The request by the policy that holds for it: what it asks for, what its session wants, what is configured."""
    if request.wish is None:
        return request
    settings = request.wish.over(QueueWish.from_settings(session.settings).over(request.settings))
    return replace(request, mode=settings.mode, settings=settings)


def _is_overheard(request: AcceptRequest, session: AnyRow) -> bool:
    """By what its session wants, else by what is configured."""
    configured = "" if request.followed and session.last_seq else request.gate
    return bool(request.gate) and (session.settings.get(ACTIVATION.key) or configured) == MENTION


def _lock_session(connection: Connection, request: AcceptRequest) -> AnyRow:
    parameters = {
        "p_key": request.session_key,
        "p_class": request.lane_class,
        "p_queue": request.queue,
        "p_archived": request.archived,
        "p_now": request.now_ms,
    }
    session = connection.execute(_NEXT_ORDINAL, parameters).one_or_none()
    if session is None:
        session = connection.execute(_NEW_SESSION.on(connection), _new_session(request)).one_or_none()
    if session is None:  # made by another gateway in between
        session = connection.execute(_NEXT_ORDINAL, parameters).one()
    return session


def _new_session(request: AcceptRequest) -> dict[str, Any]:
    envelope = request.envelope
    title = str(envelope.extra.get("title") or "")
    return {
        "session_key": request.session_key,
        "session_uuid": str(uuid.uuid4()),
        "agent_id": request.agent_id,
        "lane_class": request.lane_class,
        "queue": request.queue,
        "kind": envelope.peer.kind,
        "channel": envelope.channel,
        "display_name": envelope.sender.name if envelope.peer.kind == "direct" else title,
        "last_ordinal": 1,
        "archived": request.archived,
        "created_at_ms": request.now_ms,
        "updated_at_ms": request.now_ms,
    }


class _Newcomer:
    """The message on its way into its row, under the session's lock."""

    def __init__(
        self, connection: Connection, request: AcceptRequest, session: AnyRow, source_key: str, attempt: int
    ) -> None:
        self._connection = connection
        self._request = request
        self._session = session
        self._source_key = source_key
        self._run_id = _run_id(request.run_id, session, attempt)

    def store_ended(self, disposition: Disposition, reason: str, *, pending: int, tell: bool = False) -> Accepted:
        """Store it as finished at once."""
        self._insert(Place(), disposition, reason)
        tell = tell and not self._request.client
        return Accepted(
            session_id=self._session.id,
            ordinal=self._session.last_ordinal,
            run_id=self._run_id,
            disposition=disposition,
            drop=self._request.settings.drop if disposition is Disposition.DROPPED else None,
            tell_sender=tell and self._may_tell(),
            pending=pending,
        )

    def store_overheard(self) -> Accepted:
        """Store it for the next turn to read, whoever starts that."""
        connection, request = self._connection, self._request
        accepted = self.store_ended(Disposition.OVERHEARD, OVERHEARD, pending=0)
        overheard = {"p_session": self._session.id, "p_cap": request.overheard_cap}
        connection.execute(_NOTE_OVERHEARD, overheard)
        return accepted

    def store_fresh(self, fresh: FreshStart) -> Accepted:
        """Store it as the first message of a new conversation, once what the session does and has queued is ended."""
        request = self._request
        aborted = abort_queued(self._connection, self._session.id, None, "reset", request.now_ms)
        turn, suspended = self._end_turn("reset")
        begin_conversation(self._connection, request.session_key, request.now_ms, fresh.settings)
        # Of a message that was here before, all this is taken back with the transaction.
        self._insert(Place(), None, "")
        return replace(self._waiting(Place(), turn, suspended, pending=1), aborted_run_ids=aborted)

    def store_waiting(self, place: Place, *, pending: int) -> Accepted:
        """Store it as work for the lane."""
        self._insert(place, None, "")
        interrupts = self._request.mode is QueueMode.INTERRUPT
        turn, suspended = self._end_turn("interrupt") if interrupts else (None, False)
        return self._waiting(place, turn, suspended, pending=pending)

    def _waiting(self, place: Place, turn: RunningTurn | None, suspended: bool, *, pending: int) -> Accepted:
        request = self._request
        return Accepted(
            session_id=self._session.id,
            ordinal=self._session.last_ordinal,
            run_id=self._run_id,
            work=LaneWork(
                session_id=self._session.id,
                ordinal=self._session.last_ordinal,
                lane_class=request.lane_class,
                queue=request.queue,
                background=request.background,
                not_before_ms=place.not_before_ms,
                wake=suspended or request.mode in STEERING,
            ),
            interrupts=turn,
            dropped_run_ids=place.dropped_run_ids,
            drop=request.settings.drop if place.dropped_run_ids else None,
            tell_sender=bool(place.dropped_run_ids) and not request.client and self._may_tell(),
            pending=pending,
        )

    def _may_tell(self) -> bool:
        return may_tell(self._connection, self._session.id, self._session.notice_at_ms, self._request.now_ms)

    def _end_turn(self, reason: str) -> tuple[RunningTurn | None, bool]:
        run_id = self._session.active_run_id
        if not run_id:
            return None, False
        marked = mark_abort(self._connection, run_id, reason)
        if marked is None:
            return None, False
        return RunningTurn(run_id, self._session.id, marked.fence), marked.suspended

    def _insert(self, place: Place, disposition: Disposition | None, reason: str) -> None:
        envelope = self._request.envelope
        files = [
            add_remote(self._connection, file, envelope.channel, envelope.account, self._request.now_ms)
            for file in envelope.files
        ]
        values = {
            **_message_columns(self._request, (*envelope.media, *files)),
            "session_id": self._session.id,
            "ordinal": self._session.last_ordinal,
            "source_key": self._source_key,
            "run_id": self._run_id,
            "not_before_ms": place.not_before_ms,
            "ended_at_ms": None if disposition is None else self._request.now_ms,
            "open": disposition is None,
            "disposition": None if disposition is None else disposition.value,
            "reason": reason,
        }
        if self._connection.execute(_NEW_MESSAGE.on(self._connection), values).one_or_none() is None:
            raise _KeyTaken


def _run_id(wanted: str, session: AnyRow, attempt: int) -> str:
    if attempt == 0:
        return wanted
    if attempt == 1:
        return f"{wanted}.{session.id}.{session.last_ordinal}"
    return f"{wanted}.{uuid.uuid4().hex}"


def _message_columns(request: AcceptRequest, media: Sequence[MediaRef]) -> dict[str, Any]:
    envelope = request.envelope
    return {
        "turn_run_id": None,
        "steered_run_id": None,
        "mode": request.mode.value,
        "merge_key": merge_key(envelope),
        "sender_key": sender_key(envelope),
        "background": request.background,
        "lane_class": request.lane_class,
        "channel": envelope.channel,
        "account": envelope.account,
        "peer_kind": envelope.peer.kind,
        "peer_id": envelope.peer.id,
        "thread_id": envelope.thread_id,
        "sender_id": envelope.sender.id,
        "sender_name": envelope.sender.name,
        "message_id": envelope.message_id,
        "text": envelope.text,
        "media": [_media_to_json(each) for each in media],
        "route": envelope.route.to_json(),
        "options": request.options,
        "extra": envelope.extra,
        "accepted_at_ms": request.now_ms,
    }


def _media_to_json(media: MediaRef) -> dict[str, Any]:
    return {"id": media.id, "mime": media.mime, "name": media.name, "size_bytes": media.size_bytes}
