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
    #: The vendor's auth profile that is asked with; empty where there is but one credential.
    profile: str = ""

    @property
    def name(self) -> str:
        """For people: ``provider/model`` or ``provider/model@profile``."""
        return f"{self.ref}@{self.profile}" if self.profile else str(self.ref)


class ModelRouter(Protocol):
    """The configured models."""

    @property
    def health(self) -> ModelHealth:
        """Which of them are left alone."""
        ...

    def candidates(self, agent_id: str, wanted: str = "") -> Sequence[Candidate]:
        """The model a turn asks for, or the agent's, then its fallbacks, each with every auth profile of its vendor;
        ``model@profile`` asks with that one alone. Raises ConfigError when there is none.
        """
        ...

    def provider(self, ref: ModelRef, profile: str = "") -> Provider:
        """The provider, opened at its first use. Raises ConfigError."""
        ...
