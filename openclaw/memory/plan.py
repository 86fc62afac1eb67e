"""What of the configuration memory goes by. Exchanged as a whole when the configuration changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openclaw.ports.provider import ModelRef


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """``space`` names the vectors of one model at one address; empty, as ``model`` is ``None``, for words only."""

    enabled: bool = True
    workspaces: Mapping[str, Path] = field(default_factory=dict)
    extra_paths: tuple[str, ...] = ()
    model: ModelRef | None = None
    space: str = ""
    max_results: int = 6
    min_score: float = 0.0
    session_notes: bool = True
    private_sessions: tuple[str, ...] = ()


#: The plan as it is now.
CurrentPlan = Callable[[], MemoryPlan]
