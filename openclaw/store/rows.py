"""Result rows whose columns are read by name."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Row

from openclaw.domain.run import Usage

AnyRow: TypeAlias = Row[*tuple[Any, ...]]


def usage_of(row: AnyRow) -> Usage:
    """What a row of a session or a run says of tokens and cost; a run that never was has used nothing."""
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_microusd")
    return Usage(*(getattr(row, name) or 0 for name in names))
