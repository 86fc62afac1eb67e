"""Max pending and the cap: whether one more message is admitted, and who gives way.

Callers hold the session's row lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, func, literal, select, update

from openclaw.domain.queue_mode import CAPPED, Overflow, QueuedMessage, QueueMode, not_before, overflow
from openclaw.domain.run import Disposition
from openclaw.ports.store import AcceptRequest
from openclaw.store.models import inbound, sessions

#: A sender hears of drops and rejections at most this often.
NOTICE_EVERY_MS = 60_000

_COUNTS = select(
    select(func.count())
    .select_from(
        select(literal(1).label("one"))
        .where(inbound.c.session_id == bindparam("p_session"), inbound.c.open)
        .limit(bindparam("p_max_session"))
        .subquery()
    )
    .scalar_subquery(),
    select(func.count())
    .select_from(
        select(literal(1).label("one"))
        .where(inbound.c.lane_class == bindparam("p_class"), inbound.c.open)
        .limit(bindparam("p_max_class"))
        .subquery()
    )
    .scalar_subquery(),
)

_WAITING = (
    select(
        inbound.c.ordinal,
        inbound.c.mode,
        inbound.c.merge_key,
        inbound.c.accepted_at_ms,
        inbound.c.run_id,
    )
    .where(inbound.c.session_id == bindparam("p_session"), inbound.c.open, inbound.c.turn_run_id.is_(None))
    .order_by(inbound.c.ordinal)
)

_DROP = (
    update(inbound)
    .where(
        inbound.c.session_id == bindparam("p_session"),
        inbound.c.open,
        inbound.c.ordinal.in_(bindparam("p_ordinals", expanding=True)),
    )
    .values(
        open=False,
        disposition=Disposition.DROPPED.value,
        reason=bindparam("p_reason"),
        ended_at_ms=bindparam("p_now"),
    )
)

_OWE_SUMMARY = (
    update(sessions)
    .where(sessions.c.id == bindparam("p_session"))
    .values(untold_drops=sessions.c.untold_drops + bindparam("p_more"), drop_cap=bindparam("p_cap"))
)

_NOTE_TOLD = update(sessions).where(sessions.c.id == bindparam("p_session")).values(notice_at_ms=bindparam("p_now"))


@dataclass(frozen=True, slots=True)
class Load:
    """Unfinished messages, each counted up to its limit."""

    session: int
    lane_class: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a newcomer stands among the messages that wait."""

    not_before_ms: int = 0
    reject: bool = False
    dropped_run_ids: tuple[str, ...] = ()


def count_load(connection: Connection, session_id: int, request: AcceptRequest) -> Load:
    """Count what is unfinished, never further than the limits."""
    row = connection.execute(
        _COUNTS,
        {
            "p_session": session_id,
            "p_max_session": max(1, request.max_pending_session),
            "p_class": request.lane_class,
            "p_max_class": max(1, request.max_pending_class),
        },
    ).one()
    return Load(row[0], row[1])


def first_place(request: AcceptRequest) -> Place:
    """Where a message stands that meets an idle session: it runs at once, or waits for what belongs to it."""
    if request.mode is QueueMode.COLLECT and request.gather_ms > 0 and not _brings_files(request):
        return Place(request.now_ms + min(request.gather_ms, request.settings.max_wait_ms))
    return Place()


def _brings_files(request: AcceptRequest) -> bool:
    return bool(request.envelope.media or request.envelope.files)


def find_place(
    connection: Connection, session_id: int, request: AcceptRequest, merge_key: str, *, gathering: bool = False
) -> Place:
    """Apply cap and debounce for a message that meets a busy session; victims are dropped here.

    ``gathering`` says that the session is idle and its first message waits for what belongs to it: a file ends that.
    """
    if request.mode not in CAPPED:
        return Place()
    rows = connection.execute(_WAITING, {"p_session": session_id}).all()
    waiting = [QueuedMessage(row[0], QueueMode(row[1]), row[2]) for row in rows]
    decision = overflow(waiting, request.mode, request.settings)
    if decision.reject_newcomer:
        return Place(reject=True)
    if decision.victims:
        _drop(connection, session_id, request, decision)
    victims = frozenset(decision.victims)
    gathering_since: int | None = None
    if request.mode is QueueMode.COLLECT:
        for row in reversed(rows):
            if row[1] != QueueMode.COLLECT.value or row[2] != merge_key:
                break
            if row[0] not in victims:
                gathering_since = row[3]
    settings = replace(request.settings, debounce_ms=request.gather_ms) if gathering else request.settings
    return Place(
        not_before_ms=not_before(
            request.mode,
            busy=not (gathering and _brings_files(request)),
            now_ms=request.now_ms,
            gathering_since_ms=gathering_since,
            settings=settings,
        ),
        dropped_run_ids=tuple(row[4] for row in rows if row[0] in victims),
    )


def _drop(connection: Connection, session_id: int, request: AcceptRequest, decision: Overflow) -> None:
    connection.execute(
        _DROP,
        {
            "p_session": session_id,
            "p_ordinals": list(decision.victims),
            "p_reason": f"cap:{request.settings.drop.value}",
            "p_now": request.now_ms,
        },
    )
    if decision.summarize:
        connection.execute(
            _OWE_SUMMARY,
            {"p_session": session_id, "p_more": len(decision.victims), "p_cap": request.settings.cap},
        )


def may_tell(connection: Connection, session_id: int, last_notice_ms: int, now_ms: int) -> bool:
    """Whether the sender should hear of this drop or rejection; notes that it does."""
    if last_notice_ms and now_ms - last_notice_ms < NOTICE_EVERY_MS:
        return False
    connection.execute(_NOTE_TOLD, {"p_session": session_id, "p_now": now_ms})
    return True
