"""The tools of MCP servers as workers have last seen them."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select

from openclaw.ports.mcp import McpTool
from openclaw.store.database import Database
from openclaw.store.models import mcp_tools
from openclaw.store.repositories.upsert import DialectInsert

_NOTE = DialectInsert(
    mcp_tools,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["server"], set_={"listed": insert.excluded.listed, "seen_at_ms": insert.excluded.seen_at_ms}
    ),
)
_ALL = select(mcp_tools.c.server, mcp_tools.c.listed)


class SqlSeenTools:
    """Implements ``SeenTools``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, server: str, tools: tuple[McpTool, ...], now_ms: int) -> None:
        """Keep what a server has, in place of what it had."""
        listed = {"tools": [asdict(tool) for tool in tools]}
        with self._database.write() as connection:
            connection.execute(_NOTE.on(connection), {"server": server, "listed": listed, "seen_at_ms": now_ms})

    def all(self) -> dict[str, tuple[McpTool, ...]]:
        """What every server has that a worker has ever asked."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL).all()
        return {row.server: tuple(McpTool(**tool) for tool in row.listed["tools"]) for row in rows}
