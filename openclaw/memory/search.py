"""Searching an agent's memory by words and by vectors, and by whichever of them there is."""

from __future__ import annotations

import logging

from openclaw.domain.memory_ranking import candidates_for, fuse, snippet
from openclaw.domain.memory_scope import remembers
from openclaw.domain.memory_words import query_words
from openclaw.errors import ConfigError, ProviderError, RedisUnavailable
from openclaw.memory.index import MemoryIndexer
from openclaw.memory.plan import CurrentPlan, MemoryPlan
from openclaw.ports.embedding import Embedder
from openclaw.ports.memory import MemoryBell, MemoryFound, MemoryHit, MemorySearchStore

log = logging.getLogger(__name__)

#: The most results of one search.
MAX_RESULTS = 50
#: Of a query; the rest is not looked for.
QUERY_CHARS = 2_000


class MemorySearch:
    """Implements ``AgentMemory``. Thread-safe.

    ``indexer`` is for processes that may read the files: they take in what has changed before they search. Others
    search what is indexed, and the workers' own look at the files brings the rest.
    """

    def __init__(
        self,
        store: MemorySearchStore,
        embedder: Embedder,
        plan: CurrentPlan,
        *,
        indexer: MemoryIndexer | None = None,
        bell: MemoryBell | None = None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._plan = plan
        self._indexer = indexer
        self._bell = bell

    def usable_in(self, session_key: str) -> bool:
        """Whether memory is on and the session private enough for it."""
        plan = self._plan()
        return plan.enabled and remembers(session_key, plan.private_sessions)

    def search(
        self, agent_id: str, query: str, *, max_results: int | None = None, min_score: float | None = None
    ) -> MemoryFound:
        """See the port. A vendor that fails costs the search its vectors and no more."""
        plan = self._plan()
        if not plan.enabled:
            return MemoryFound((), problem="memory is not enabled")
        self._freshen(agent_id)
        wanted = min(max_results or plan.max_results, MAX_RESULTS)
        limit = candidates_for(wanted)
        by_words = self._store.by_words(agent_id, query_words(query[:QUERY_CHARS]), limit)
        by_vector, problem = self._by_vector(plan, agent_id, query[:QUERY_CHARS], limit, by_words)
        least = plan.min_score if min_score is None else min_score
        ranked = [one for one in fuse(by_words, by_vector) if one.score > 0 and one.score >= least][:wanted]
        chunks = {chunk.chunk_id: chunk for chunk in self._store.chunks([one.chunk_id for one in ranked])}
        hits = tuple(
            MemoryHit(chunk.path, chunk.first_line, chunk.last_line, round(one.score, 4), snippet(chunk.text))
            for one in ranked
            if (chunk := chunks.get(one.chunk_id)) is not None
        )
        return MemoryFound(hits, "words" if by_vector is None else "hybrid", problem)

    def _by_vector(
        self, plan: MemoryPlan, agent_id: str, query: str, limit: int, by_words: list[int]
    ) -> tuple[dict[int, float] | None, str]:
        if plan.model is None:
            return None, ""
        try:
            (vector,) = self._embedder.embed(plan.model, (query,)).vectors
            return self._store.by_vector(agent_id, plan.space, vector, limit, by_words), ""
        except (ProviderError, ConfigError) as error:
            log.warning("memory is searched by words alone: %s", error)
            return None, str(error)
        except ValueError:  # a vector that points nowhere: nothing is like it
            return None, "the query has no vector"

    def _freshen(self, agent_id: str) -> None:
        if self._indexer is None:
            return
        listing = self._indexer.listing(agent_id)
        if listing is None or not self._indexer.differs(agent_id, listing):
            return
        self._indexer.take_in(agent_id)
        if self._bell is None or not self._plan().space:
            return
        try:
            self._bell.ring_index([agent_id])
        except RedisUnavailable as error:
            log.warning("the vectors of agent %s come later: %s", agent_id, error)
