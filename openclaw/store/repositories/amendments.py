"""Changing messages that no turn has read, under their session's lock: a turn that takes one comes before or after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from openclaw.domain.run import Disposition
from openclaw.store.database import Database
from openclaw.store.models import inbound, sessions
from openclaw.store.repositories.session_lock import locking

#: Why a message that its sender took back ended.
DELETED = "deleted"

#: Whoever decides about a session's messages holds its lock, so that what is read there stays true.
_LOCK = locking(sessions.c.id)
_waiting = update(inbound).where(
    inbound.c.session_id == bindparam("p_session"),
    inbound.c.open,
    inbound.c.turn_run_id.is_(None),
    inbound.c.steered_run_id.is_(None),
    inbound.c.message_id == bindparam("p_message"),
)
_EDIT = _waiting.values(text=bindparam("p_text"))
_DELETE = _waiting.values(
    open=False, disposition=Disposition.ABORTED.value, reason=DELETED, ended_at_ms=bindparam("p_now")
)


class SqlMessageAmender:
    """Implements ``MessageAmender``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def edit_waiting(self, session_key: str, message_id: str, text: str) -> bool:
        """Put another text in place of a message's that no turn has read; whether there is one."""
        return self._change(_EDIT, session_key, message_id, p_text=text)

    def delete_waiting(self, session_key: str, message_id: str, now_ms: int) -> bool:
        """Let no turn read a message that none has read yet; whether there is one."""
        return self._change(_DELETE, session_key, message_id, p_now=now_ms)

    def _change(self, statement: Any, session_key: str, message_id: str, **values: Any) -> bool:
        with self._database.write() as connection:
            session = connection.execute(_LOCK, {"p_key": session_key}).one_or_none()
            if session is None:
                return False
            done = connection.execute(statement, {"p_session": session.id, "p_message": message_id, **values})
        return bool(done.rowcount)
