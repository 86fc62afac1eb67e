"""Keeping the index in step with the files: words at once, vectors in batches.

Everything here may be repeated and done by several at once: a file that is indexed already is left alone, a text that
has a vector is not embedded again. Whoever is cut off leaves whole files and whole batches behind.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from openclaw.domain.memory_chunks import CHUNKING, Chunk, chunk_markdown
from openclaw.errors import BadModelRequest, ContextOverflow, ProviderError
from openclaw.memory.files import memory_files, read_file
from openclaw.memory.plan import CurrentPlan
from openclaw.ports.clock import Clock
from openclaw.ports.embedding import Embedder
from openclaw.ports.memory import FileState, IndexedFile, MemoryIndexStore
from openclaw.ports.provider import ModelRef

log = logging.getLogger(__name__)

#: Texts of one call of the vendor.
BATCH_TEXTS = 64
#: Texts that are refused before any was taken, after which the vendor is believed to refuse them all.
MAX_REFUSED = 4
#: Vectors that are kept, of all agents and models, before those that nobody needs are deleted (OpenClaw's constant).
KEPT_VECTORS = 50_000


class MemoryIndexer:
    """Thread-safe."""

    def __init__(self, store: MemoryIndexStore, embedder: Embedder, plan: CurrentPlan, clock: Clock) -> None:
        self._store = store
        self._embedder = embedder
        self._plan = plan
        self._clock = clock

    def listing(self, agent_id: str) -> dict[str, FileState] | None:
        """The agent's memory files; ``None`` for an agent whose workspace is not on this machine."""
        plan = self._plan()
        workspace = plan.workspaces.get(agent_id)
        if not plan.enabled or workspace is None or not workspace.is_dir():
            return None
        return memory_files(workspace, plan.extra_paths)

    def differs(self, agent_id: str, listing: dict[str, FileState]) -> bool:
        """Whether the index is older than the files."""
        known = self._store.files(agent_id)
        return {path: file.state if file.chunking == CHUNKING else None for path, file in known.items()} != listing

    def lacks_vectors(self, agent_id: str) -> bool:
        """Whether there are texts without a vector of the model that is configured."""
        space = self._plan().space
        return bool(space) and bool(self._store.without_vector(agent_id, space, 1))

    def take_in(self, agent_id: str, go_on: Callable[[], bool] = lambda: True) -> int:
        """Index the words of what has changed, and forget what is gone; how many files had changed."""
        listing = self.listing(agent_id)
        if listing is None:
            return 0
        workspace = self._plan().workspaces[agent_id]
        known = self._store.files(agent_id)
        changed = 0
        for path, state in listing.items():
            file = known.get(path)
            if file is not None and file.state == state and file.chunking == CHUNKING:
                continue
            if not go_on():
                return changed
            content = read_file(workspace, path)
            if content is None:  # it went while we looked
                continue
            changed += self._put(agent_id, path, state, content)
        gone = [path for path in known if path not in listing]
        if gone:
            self._store.drop_files(agent_id, gone)
        return changed + len(gone)

    def embed(self, agent_id: str, go_on: Callable[[], bool] = lambda: True) -> int:
        """Make the vectors that are missing; how many. Raises ProviderError and ConfigError.

        A text that the vendor refuses is left without one, and searched by its words; where all are refused, that is
        raised.
        """
        plan = self._plan()
        if plan.model is None:
            return 0
        job = _Embedding(self._embedder, plan.model)
        while go_on():
            missing = self._store.without_vector(agent_id, plan.space, BATCH_TEXTS + len(job.refused))
            batch = [chunk for chunk in missing if chunk.hash not in job.refused][:BATCH_TEXTS]
            if not batch:
                break
            self._store.put_vectors(plan.space, job.vectors(batch), self._clock())
        if job.refused:
            log.warning("agent %s: %s refused %d texts of memory", agent_id, plan.model, len(job.refused))
        if job.made:
            self._store.prune_vectors(plan.space, KEPT_VECTORS)
        elif job.problem is not None:
            raise job.problem
        return job.made

    def _put(self, agent_id: str, path: str, state: FileState, content: bytes) -> bool:
        text = content.decode("utf-8", "replace")
        file = IndexedFile(state, hashlib.sha256(content).hexdigest(), CHUNKING)
        return self._store.put_file(agent_id, path, file, chunk_markdown(text), self._clock())


@dataclass(slots=True)
class _Embedding:
    """The vectors of one job. A batch that is refused is halved until it is known which texts are to blame."""

    embedder: Embedder
    model: ModelRef
    made: int = 0
    refused: set[str] = field(default_factory=set)
    problem: ProviderError | None = None

    def vectors(self, chunks: Sequence[Chunk]) -> dict[str, tuple[float, ...]]:
        """By the texts' hashes, without those that are refused. Raises ProviderError and ConfigError."""
        try:
            found = self.embedder.embed(self.model, tuple(chunk.text for chunk in chunks)).vectors
        except (BadModelRequest, ContextOverflow) as error:
            if len(chunks) > 1:
                middle = len(chunks) // 2
                return {**self.vectors(chunks[:middle]), **self.vectors(chunks[middle:])}
            self._refuse(chunks[0], error)
            return {}
        self.made += len(found)
        given = zip(chunks, found, strict=True)
        # A vector of zeros cannot be compared.
        vectors = {chunk.hash: vector for chunk, vector in given if any(vector)}
        self.refused |= {chunk.hash for chunk in chunks if chunk.hash not in vectors}
        return vectors

    def _refuse(self, chunk: Chunk, error: ProviderError) -> None:
        self.refused.add(chunk.hash)
        self.problem = error
        # It is not the texts: a model that is not there, for one.
        if len(self.refused) >= MAX_REFUSED and not self.made:
            raise error
