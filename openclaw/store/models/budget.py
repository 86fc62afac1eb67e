"""Budgets: what was spent of each purse, and what calls in flight hold of it."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class BudgetSpendRow(Base):
    """One purse: an account, such as ``agent:main``, in a window, such as ``2026-11``."""

    __tablename__ = "budget_spend"

    account: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    microusd: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(default=0)
    updated_at_ms: Mapped[int]


class BudgetHoldRow(Base):
    """What a call in flight holds of one purse."""

    __tablename__ = "budget_holds"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    microusd: Mapped[int]
    tokens: Mapped[int]
    least_microusd: Mapped[int]
    least_tokens: Mapped[int]
    expires_at_ms: Mapped[int]

    __table_args__ = (Index("ix_budget_holds_purse", "account", "window"),)
