"""How the agent loop finds a provider for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class ProfileUse(Protocol):
    """When auth profiles were last asked, over all workers. Raises RedisUnavailable."""

    def last(self, provider: str) -> Mapping[str, int]:
        """By profile, in milliseconds since the epoch; one that was not asked for long is left out."""
        ...

    def note(self, provider: str, profile: str, now_ms: int) -> None: ...


class ModelRouter(Protocol):
    """The configured models."""

    @property
    def health(self) -> ModelHealth:
        """Which of them are left alone."""
        ...

    def candidates(self, agent_id: str, wanted: str = "", pin: str = "") -> Sequence[Candidate]:
        """The model a turn asks for, or the agent's, then its fallbacks, each with every auth profile of its vendor;
        ``model@profile`` asks with that one alone. ``pin`` is the session's, see ``domain.auth_order``.

        Raises ConfigError when there is none.
        """
        ...

    def asked(self, candidate: Candidate) -> None:
        """Note that it is asked now: who comes next takes another profile. Never raises."""
        ...

    def provider(self, ref: ModelRef, profile: str = "") -> Provider:
        """The provider, opened at its first use. Raises ConfigError."""
        ...
