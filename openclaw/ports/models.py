"""How the agent loop finds a provider for a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.ports.model_health import ModelHealth
from openclaw.ports.provider import ModelInfo, ModelRef, Provider


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may answer a turn."""

    ref: ModelRef
    info: ModelInfo


class ModelRouter(Protocol):
    """The configured models."""

    @property
    def health(self) -> ModelHealth:
        """Which of them are left alone."""
        ...

    def candidates(self, agent_id: str, wanted: str = "") -> Sequence[Candidate]:
        """The model a turn asks for, or the agent's, then its fallbacks. Raises ConfigError when there is none."""
        ...

    def provider(self, ref: ModelRef) -> Provider:
        """The provider, opened at its first use. Raises ConfigError."""
        ...
