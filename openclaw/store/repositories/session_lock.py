"""Holding a session's row for the rest of a transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, update
from sqlalchemy.sql.dml import ReturningUpdate

from openclaw.store.models import sessions


def locking(*columns: ColumnElement[Any]) -> ReturningUpdate[Any]:
    """Lock the row of the session whose key is ``p_key``, and return these of its columns as they are then.

    It is an update that changes nothing, because that locks alike on both databases.
    """
    by_key = update(sessions).where(sessions.c.session_key == bindparam("p_key"))
    return by_key.values(fence=sessions.c.fence).returning(*columns)
