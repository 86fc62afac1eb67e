"""What is to be done in browsers, and which worker has whose page."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import bindparam, delete, select, update

from openclaw.ports.browser import BrowserAct
from openclaw.store.database import Database
from openclaw.store.models import browser_acts
from openclaw.store.repositories.upsert import DialectInsert

_ADD = DialectInsert(
    browser_acts, lambda insert: insert.on_conflict_do_nothing().returning(browser_acts.c.created_at_ms)
)
_HOME = (
    select(browser_acts.c.home)
    .where(
        browser_acts.c.session_key == bindparam("p_session"),
        browser_acts.c.created_at_ms > bindparam("p_since"),
        browser_acts.c.home != "",
    )
    .order_by(browser_acts.c.created_at_ms.desc())
    .limit(1)
)
_CLAIM = (
    update(browser_acts)
    .where(
        browser_acts.c.id == bindparam("p_id"), browser_acts.c.home == "", browser_acts.c.due_at_ms > bindparam("p_now")
    )
    .values(home=bindparam("p_home"))
    .returning(browser_acts)
)
_UNCLAIMED = (
    select(browser_acts.c.id)
    .where(
        browser_acts.c.home == "",
        browser_acts.c.created_at_ms < bindparam("p_before"),
        browser_acts.c.due_at_ms > bindparam("p_now"),
    )
    .order_by(browser_acts.c.created_at_ms)
    .limit(bindparam("p_limit"))
)
_OLD = select(browser_acts.c.id).where(browser_acts.c.created_at_ms < bindparam("p_before")).limit(bindparam("p_limit"))
_FORGET = delete(browser_acts).where(browser_acts.c.id.in_(_OLD.scalar_subquery()))


class SqlBrowserActs:
    """Implements ``BrowserActs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, act: BrowserAct) -> bool:
        """Note it, once."""
        with self._database.write() as connection:
            return connection.execute(_ADD.on(connection), {**asdict(act), "home": ""}).one_or_none() is not None

    def home(self, session_key: str, since_ms: int) -> str:
        """The worker that has the session's page."""
        with self._database.read() as connection:
            found = connection.execute(_HOME, {"p_session": session_key, "p_since": since_ms}).scalar_one_or_none()
        return str(found or "")

    def claim(self, act_id: str, home: str, now_ms: int) -> BrowserAct | None:
        """Take it for a worker."""
        with self._database.write() as connection:
            row = connection.execute(_CLAIM, {"p_id": act_id, "p_home": home, "p_now": now_ms}).one_or_none()
        if row is None:
            return None
        return BrowserAct(row.id, row.session_key, row.action, row.arguments, row.created_at_ms, row.due_at_ms)

    def unclaimed(self, before_ms: int, now_ms: int, limit: int) -> list[str]:
        """What nobody has taken, the oldest first."""
        wanted = {"p_before": before_ms, "p_now": now_ms, "p_limit": limit}
        with self._database.read() as connection:
            return list(connection.execute(_UNCLAIMED, wanted).scalars())

    def forget(self, before_ms: int, limit: int) -> None:
        """Drop what is older."""
        wanted = {"p_before": before_ms, "p_limit": limit}
        with self._database.read() as connection:
            old = connection.execute(_OLD, wanted).first()
        if old is not None:
            with self._database.write() as connection:
                connection.execute(_FORGET, wanted)
