"""The tools of MCP servers as workers have last seen them, for those who have no server to ask."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class McpToolsRow(Base):
    """One server's."""

    __tablename__ = "mcp_tools"

    server: Mapped[str] = mapped_column(primary_key=True)
    #: ``tools``: each with its name, description, parameters and whether it only reads.
    listed: Mapped[dict[str, Any]]
    seen_at_ms: Mapped[int]
