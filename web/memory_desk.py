"""Memory as operators ask for it: searches, and what the index has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openclaw.errors import ConfigError, ProviderError
from openclaw.memory.plan import CurrentPlan
from openclaw.ports.embedding import Embedder
from openclaw.ports.memory import AgentMemory, MemorySearchStore

WORDS_ONLY = "no embedding provider is configured ([memory] provider); memory is searched by words"


@dataclass(frozen=True, slots=True)
class MemoryDesk:
    """Thread-safe. Its methods wait for the database, and for a vendor where one is configured."""

    memory: AgentMemory
    store: MemorySearchStore
    embedder: Embedder
    plan: CurrentPlan

    def search(self, agent_id: str, query: str, max_results: int | None, min_score: float | None) -> dict[str, Any]:
        """Raises StoreUnavailable."""
        found = self.memory.search(agent_id, query, max_results=max_results, min_score=min_score)
        return {
            "agentId": agent_id,
            "mode": found.mode,
            **({"warning": found.problem} if found.problem else {}),
            "results": [
                {
                    "path": hit.path,
                    "startLine": hit.first_line,
                    "endLine": hit.last_line,
                    "score": hit.score,
                    "snippet": hit.snippet,
                    "source": "memory",
                }
                for hit in found.hits
            ],
        }

    def status(self, agent_id: str, *, probe: bool) -> dict[str, Any]:
        """What the index has of an agent. ``probe`` asks the vendor for a vector. Raises StoreUnavailable."""
        plan = self.plan()
        summary = self.store.summary(agent_id, plan.space)
        problem = WORDS_ONLY if plan.model is None else self._problem() if probe else ""
        return {
            "agentId": agent_id,
            "enabled": plan.enabled,
            **({"provider": plan.model.provider, "model": plan.model.model} if plan.model else {}),
            "embedding": {"ok": not problem, **({"error": problem} if problem else {})},
            "files": summary.files,
            "chunks": summary.chunks,
            "embedded": summary.embedded,
            "indexedAt": summary.indexed_at_ms or None,
        }

    def _problem(self) -> str:
        model = self.plan().model
        assert model is not None
        try:
            self.embedder.embed(model, ("ping",))
        except (ProviderError, ConfigError) as error:
            return str(error)
        return ""
