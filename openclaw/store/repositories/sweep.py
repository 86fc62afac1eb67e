"""What lies about: sessions with work, waits and runs that are past their time, and the lane epoch.

Every query reads partial indexes over what is open, so its cost does not grow with what is finished.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, case, func, literal_column, or_, select

from openclaw.domain.queue_mode import STEERING, QueueMode
from openclaw.domain.run import RunLimits, RunStatus
from openclaw.ports.lanes import LaneWork, TurnLabel
from openclaw.ports.store import RunningTurn
from openclaw.store.database import Database
from openclaw.store.models import inbound, lane_epoch, runs, sessions, waits
from openclaw.store.repositories.upsert import DialectInsert

_suspended = func.coalesce(runs.c.status == RunStatus.SUSPENDED.value, literal_column("1 = 0"))

#: What a parked turn must be woken for: an abort, an answer, a steer from its own sender.
_wakes = and_(
    _suspended,
    or_(
        runs.c.abort_reason != "",
        waits.c.answered_at_ms.is_not(None),
        and_(
            inbound.c.mode.in_(sorted(mode.value for mode in STEERING)),
            inbound.c.sender_key == runs.c.sender_key,
            inbound.c.turn_run_id.is_(None),
            inbound.c.steered_run_id.is_(None),
        ),
    ),
)

# A running turn's messages stay open until it ends, so the open messages lead to every session with work.
_UNFINISHED = (
    select(
        inbound.c.session_id,
        sessions.c.last_ordinal,
        sessions.c.lane_class,
        sessions.c.queue,
        func.min(case((inbound.c.background, 1), else_=0)).label("background"),
        func.min(inbound.c.not_before_ms).label("not_before_ms"),
        func.max(case((_wakes, 1), else_=0)).label("wakes"),
    )
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .outerjoin(runs, and_(runs.c.session_id == inbound.c.session_id, runs.c.ended_at_ms.is_(None)))
    .outerjoin(waits, waits.c.id == runs.c.wait_id)
    .where(inbound.c.open, inbound.c.session_id > bindparam("p_after"))
    .group_by(inbound.c.session_id, sessions.c.last_ordinal, sessions.c.lane_class, sessions.c.queue)
    .having(or_(func.max(case((_suspended, 1), else_=0)) == 0, func.max(case((_wakes, 1), else_=0)) == 1))
    .order_by(inbound.c.session_id)
    .limit(bindparam("p_limit"))
)

# The run that a claim would resume or make: interrupts come first, then the lowest ordinal.
_next_run = (
    select(inbound.c.run_id)
    .where(inbound.c.session_id == sessions.c.id, inbound.c.open)
    .order_by(case((inbound.c.mode == QueueMode.INTERRUPT.value, 0), else_=1), inbound.c.ordinal)
    .limit(1)
    .scalar_subquery()
)
_LABELS = (
    select(sessions.c.id, sessions.c.session_key, func.coalesce(runs.c.run_id, _next_run).label("run_id"))
    .outerjoin(runs, and_(runs.c.session_id == sessions.c.id, runs.c.ended_at_ms.is_(None)))
    .where(sessions.c.id.in_(bindparam("p_ids", expanding=True)))
)

_DUE_WAITS = (
    select(waits.c.id)
    .where(
        waits.c.answered_at_ms.is_(None),
        waits.c.due_at_ms > literal_column("0"),
        waits.c.due_at_ms <= bindparam("p_now"),
    )
    .order_by(waits.c.due_at_ms)
    .limit(bindparam("p_limit"))
)

_running = runs.c.status == literal_column("'running'")

_OVERDUE = (
    select(runs.c.run_id, runs.c.session_id, runs.c.fence, runs.c.active_since_ms)
    .where(
        _running,
        runs.c.abort_reason == "",
        or_(runs.c.active_since_ms < bindparam("p_started_before"), runs.c.progress_at_ms < bindparam("p_idle_since")),
    )
    .order_by(runs.c.progress_at_ms)
    .limit(bindparam("p_limit"))
)

_ANY_RUNNING = select(runs.c.run_id).where(_running).limit(1)

_EPOCH = select(lane_epoch.c.epoch).where(lane_epoch.c.id == 1)
_RAISE_EPOCH = DialectInsert(
    lane_epoch,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[lane_epoch.c.id],
        set_={"epoch": insert.excluded.epoch},
        where=lane_epoch.c.epoch < insert.excluded.epoch,
    ),
)


class SqlSweepStore:
    """Implements ``SweepStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished_lanes(self, after_session_id: int, limit: int) -> list[LaneWork]:
        """Sessions with unfinished messages or open runs, by rising id.

        A parked session is listed only when there is something to wake it for, and then with ``wake``.
        """
        with self._database.read() as connection:
            rows = connection.execute(_UNFINISHED, {"p_after": after_session_id, "p_limit": limit}).all()
        return [
            LaneWork(
                session_id=row.session_id,
                ordinal=row.last_ordinal,
                lane_class=row.lane_class,
                queue=row.queue,
                background=bool(row.background),
                not_before_ms=row.not_before_ms,
                wake=bool(row.wakes),
            )
            for row in rows
        ]

    def turn_labels(self, session_ids: Sequence[int]) -> dict[int, TurnLabel]:
        """The session key and the open or next run of each session that has work."""
        with self._database.read() as connection:
            rows = connection.execute(_LABELS, {"p_ids": list(session_ids)}).all()
        return {row.id: TurnLabel(row.session_key, row.run_id) for row in rows if row.run_id}

    def due_waits(self, now_ms: int, limit: int) -> list[str]:
        """Ids of waits that answer themselves by now, the longest overdue first."""
        with self._database.read() as connection:
            return list(connection.execute(_DUE_WAITS, {"p_now": now_ms, "p_limit": limit}).scalars())

    def overdue_runs(self, limits: RunLimits, now_ms: int, limit: int) -> list[tuple[RunningTurn, str]]:
        """Running turns past a deadline that nobody has aborted yet, with ``deadline`` or ``no-progress``."""
        started_before = now_ms - int(limits.total_seconds * 1000)
        parameters = {
            "p_started_before": started_before,
            "p_idle_since": now_ms - int(limits.no_progress_seconds * 1000),
            "p_limit": limit,
        }
        with self._database.read() as connection:
            rows = connection.execute(_OVERDUE, parameters).all()
        return [
            (
                RunningTurn(row.run_id, row.session_id, row.fence),
                "deadline" if row.active_since_ms < started_before else "no-progress",
            )
            for row in rows
        ]

    def has_running_runs(self) -> bool:
        """Whether any run is in flight; without one, a new lane table need not wait for old holders."""
        with self._database.read() as connection:
            return connection.execute(_ANY_RUNNING).first() is not None

    def lane_epoch(self) -> int:
        """The epoch now; 0 before the first."""
        with self._database.read() as connection:
            return connection.execute(_EPOCH).scalar_one_or_none() or 0

    def raise_lane_epoch(self, above: int) -> int:
        """Make the epoch higher than ``above``, once however many callers ask; the epoch now."""
        with self._database.write() as connection:
            connection.execute(_RAISE_EPOCH.on(connection), {"id": 1, "epoch": above + 1})
            return int(connection.execute(_EPOCH).scalar_one())
