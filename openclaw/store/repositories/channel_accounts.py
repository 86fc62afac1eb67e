"""Channel accounts: each method is one statement, so that gateways and connectors may act at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from openclaw.ports.accounts import AccountName, AccountWish
from openclaw.store.database import Database
from openclaw.store.models import channel_accounts as table
from openclaw.store.repositories.upsert import DialectInsert

_WISHES = select(table.c.channel, table.c.account_id, table.c.stopped, table.c.unlink, table.c.starts).where(
    or_(table.c.stopped, table.c.unlink, table.c.starts > 0)
)
_this = (table.c.channel == bindparam("p_channel"), table.c.account_id == bindparam("p_account"))
_CURSOR = select(table.c.cursor).where(*_this)
_UNLINKED = update(table).where(*_this).values(unlink=False)
_KEY = [table.c.channel, table.c.account_id]


def _upsert(changes: Any) -> DialectInsert:
    return DialectInsert(
        table,
        lambda insert: insert.on_conflict_do_update(
            index_elements=_KEY, set_={"changed_at_ms": insert.excluded.changed_at_ms, **changes(insert)}
        ),
    )


_START = _upsert(lambda _: {"stopped": False, "unlink": False, "starts": table.c.starts + 1})
_STOP = _upsert(lambda insert: {"stopped": True, "unlink": insert.excluded.unlink})
_MOVE = _upsert(lambda insert: {"cursor": insert.excluded.cursor})


class SqlAccountStore:
    """Implements ``AccountStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wishes(self) -> Mapping[AccountName, AccountWish]:
        """Of all accounts of which something was said."""
        with self._database.read() as connection:
            rows = connection.execute(_WISHES).all()
        return {
            (row.channel, row.account_id): AccountWish(bool(row.stopped), bool(row.unlink), int(row.starts))
            for row in rows
        }

    def start(self, name: AccountName, now_ms: int) -> None:
        """Let it run, and try at once."""
        self._write(_START, name, now_ms, starts=1)

    def stop(self, name: AccountName, now_ms: int, *, unlink: bool = False) -> None:
        """Let it not run until it is started; unlink it first if so asked."""
        self._write(_STOP, name, now_ms, stopped=True, unlink=unlink)

    def unlinked(self, name: AccountName) -> None:
        """It was unlinked as asked for."""
        with self._database.write() as connection:
            connection.execute(_UNLINKED, _named(name))

    def cursor(self, name: AccountName) -> str:
        """How far its source was read; empty at first."""
        with self._database.read() as connection:
            return str(connection.execute(_CURSOR, _named(name)).scalar_one_or_none() or "")

    def move_cursor(self, name: AccountName, cursor: str, now_ms: int) -> None:
        """Note how far its source was read."""
        self._write(_MOVE, name, now_ms, cursor=cursor)

    def _write(self, statement: DialectInsert, name: AccountName, now_ms: int, **values: Any) -> None:
        row = {"stopped": False, "unlink": False, "starts": 0, "cursor": "", "changed_at_ms": now_ms, **values}
        with self._database.write() as connection:
            connection.execute(statement.on(connection), {"channel": name[0], "account_id": name[1], **row})


def _named(name: AccountName) -> dict[str, str]:
    return {"p_channel": name[0], "p_account": name[1]}
