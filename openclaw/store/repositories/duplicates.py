"""The answer to a message that was accepted before: what the first arrival got, as it stands now."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from openclaw.domain.queue_mode import STEERING, QueueMode
from openclaw.domain.run import Disposition, RunStatus
from openclaw.ports.lanes import LaneWork
from openclaw.ports.store import Accepted
from openclaw.store.models import inbound, runs, sessions

_others = inbound.alias("others")

_EARLIER = (
    select(
        inbound.c.session_id,
        inbound.c.ordinal,
        inbound.c.run_id,
        inbound.c.disposition,
        inbound.c.open,
        inbound.c.mode,
        inbound.c.background,
        inbound.c.not_before_ms,
        inbound.c.lane_class,
        sessions.c.queue,
        runs.c.status,
        select(func.count())
        .where(_others.c.session_id == inbound.c.session_id, _others.c.open)
        .scalar_subquery()
        .label("pending"),
    )
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .outerjoin(runs, runs.c.run_id == func.coalesce(inbound.c.turn_run_id, inbound.c.steered_run_id))
    .where(inbound.c.source_key == bindparam("p_source"))
)

#: These ended without a turn, whatever run their row may name.
_NO_TURN = {Disposition.DROPPED.value, Disposition.REJECTED.value, Disposition.OVERHEARD.value}


def find_earlier(connection: Connection, source_key: str) -> Accepted | None:
    """The first arrival's result. Its work comes along while it is open, so that a lost submit is made good."""
    row = connection.execute(_EARLIER, {"p_source": source_key}).one_or_none()
    if row is None:
        return None
    mode = QueueMode(row.mode)
    work = LaneWork(
        session_id=row.session_id,
        ordinal=row.ordinal,
        lane_class=row.lane_class,
        queue=row.queue,
        background=row.background,
        not_before_ms=row.not_before_ms,
        wake=mode in STEERING or mode is QueueMode.INTERRUPT,
    )
    return Accepted(
        session_id=row.session_id,
        ordinal=row.ordinal,
        run_id=row.run_id,
        duplicate=True,
        disposition=None if row.disposition is None else Disposition(row.disposition),
        run_status=None if row.status is None or row.disposition in _NO_TURN else RunStatus(row.status),
        work=work if row.open else None,
        pending=row.pending,
    )
