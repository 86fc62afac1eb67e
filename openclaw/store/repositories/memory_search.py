"""Searching memory: by words through the database's own index, by vectors through their signs first.

All signs of an agent's chunks are looked at, a slice at a time; of those that differ least the whole vectors are read
and compared exactly.
"""

from __future__ import annotations

import heapq
import time
from array import array
from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, func, literal, select, text

from openclaw.domain.memory_vectors import cosine, differing, normalized, signs, unpack
from openclaw.ports.memory import FoundChunk, IndexSummary
from openclaw.store.database import Database
from openclaw.store.models import memory_chunks, memory_documents, memory_vectors

#: Chunks of one agent that a search by vectors looks at, those of the files that were made known last.
MAX_LOOKED_AT = 50_000
#: Files of one query, after which others get their turn.
SLICE = 20
#: Vectors that are compared exactly, whatever the number of results.
RESCORED = 256

_BY_WORDS = {
    "sqlite": text(
        "SELECT c.id FROM memory_words w JOIN memory_chunks c ON c.id = w.rowid "
        "JOIN memory_documents d ON d.id = c.document_id "
        "WHERE memory_words MATCH :query AND d.agent_id = :agent ORDER BY w.rank, c.id LIMIT :limit"
    ),
    # Shared words in proportion to the length of the chunk (1), by how many there are: no word is worth more.
    "postgresql": text(
        "SELECT c.id FROM memory_chunks c JOIN memory_documents d ON d.id = c.document_id "
        "WHERE c.words @@ CAST(:query AS tsquery) AND d.agent_id = :agent "
        "ORDER BY ts_rank(c.words, CAST(:query AS tsquery), 1) DESC, c.id LIMIT :limit"
    ),
}
#: How a word is written in a query: words are letters and digits, so nothing in them needs care.
_QUOTED = {"sqlite": '"{}"', "postgresql": "'{}'"}
_OR = {"sqlite": " OR ", "postgresql": " | "}

_of_agent = memory_documents.c.agent_id == bindparam("p_agent")
_with_vector = (memory_vectors.c.space == bindparam("p_space")) & (memory_vectors.c.hash == memory_chunks.c.hash)
_DOCUMENTS = select(memory_documents.c.id).where(_of_agent).order_by(memory_documents.c.id.desc())
#: CROSS: SQLite would begin with all vectors of the space, whoever's they are.
_SIGNS = text(
    "SELECT c.id, v.signs FROM memory_chunks c CROSS JOIN memory_vectors v "
    "WHERE c.document_id IN :documents AND v.space = :space AND v.hash = c.hash"
).bindparams(bindparam("documents", expanding=True))
_HASHES = select(memory_chunks.c.id, memory_chunks.c.hash).where(
    memory_chunks.c.id.in_(bindparam("p_ids", expanding=True))
)
_VECTORS = select(memory_vectors.c.hash, memory_vectors.c.vector).where(
    memory_vectors.c.space == bindparam("p_space"), memory_vectors.c.hash.in_(bindparam("p_hashes", expanding=True))
)
_CHUNKS = (
    select(memory_chunks, memory_documents.c.path)
    .join(memory_documents, memory_documents.c.id == memory_chunks.c.document_id)
    .where(memory_chunks.c.id.in_(bindparam("p_ids", expanding=True)))
)
_of_the_agent = (
    select(literal(1))
    .where(memory_documents.c.id == memory_chunks.c.document_id, _of_agent)
    .correlate(memory_chunks)
    .exists()
)
_SUMMARY = select(
    select(func.count()).select_from(memory_documents).where(_of_agent).scalar_subquery().label("files"),
    select(func.coalesce(func.max(memory_documents.c.indexed_at_ms), 0))
    .where(_of_agent)
    .scalar_subquery()
    .label("indexed_at_ms"),
    select(func.count()).select_from(memory_chunks).where(_of_the_agent).scalar_subquery().label("chunks"),
    select(func.count())
    .select_from(memory_chunks.join(memory_vectors, _with_vector))
    .where(_of_the_agent)
    .scalar_subquery()
    .label("embedded"),
)


class SqlMemorySearch:
    """Implements ``MemorySearchStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_words(self, agent_id: str, words: Sequence[str], limit: int) -> list[int]:
        """Chunks that have any of the words, the best first."""
        if not words:
            return []
        dialect = self._database.dialect
        query = _OR[dialect].join(_QUOTED[dialect].format(word) for word in words)
        parameters = {"query": query, "agent": agent_id, "limit": limit}
        with self._database.read() as connection:
            return list(connection.execute(_BY_WORDS[dialect], parameters).scalars())

    def by_vector(
        self, agent_id: str, space: str, vector: Sequence[float], limit: int, also: Sequence[int] = ()
    ) -> dict[int, float]:
        """See the port. Raises ValueError for a vector of zeros."""
        wanted = normalized(vector)
        bits = int.from_bytes(signs(wanted))
        near = heapq.nsmallest(
            max(RESCORED, limit),
            ((differing(bits, int.from_bytes(stored)), -id_) for id_, stored in self._signs(agent_id, space)),
        )
        ids = list(dict.fromkeys([*(-negative for _, negative in near), *also]))
        likeness: dict[int, float] = {}
        for start in range(0, len(ids), RESCORED):
            likeness |= self._likeness(space, wanted, ids[start : start + RESCORED])
            time.sleep(0)
        best = heapq.nlargest(limit, likeness.items(), key=lambda item: (item[1], -item[0]))
        return {**dict(best), **{id_: likeness[id_] for id_ in also if id_ in likeness}}

    def chunks(self, chunk_ids: Sequence[int]) -> list[FoundChunk]:
        """Chunks in the order of their ids here; those that are gone are left out."""
        with self._database.read() as connection:
            rows = connection.execute(_CHUNKS, {"p_ids": list(chunk_ids)}).all()
        found = {row.id: FoundChunk(row.id, row.path, row.first_line, row.last_line, row.text) for row in rows}
        return [found[id_] for id_ in chunk_ids if id_ in found]

    def summary(self, agent_id: str, space: str) -> IndexSummary:
        """What the index has of an agent."""
        with self._database.read() as connection:
            row = connection.execute(_SUMMARY, {"p_agent": agent_id, "p_space": space}).one()
        return IndexSummary(row.files, row.chunks, row.embedded, row.indexed_at_ms)

    def _likeness(self, space: str, wanted: array[float], chunk_ids: list[int]) -> dict[int, float]:
        """How like those of the chunks are that have a vector."""
        with self._database.read() as connection:
            hashes = {row.id: row.hash for row in connection.execute(_HASHES, {"p_ids": chunk_ids})}
            asked = {"p_space": space, "p_hashes": list(set(hashes.values()))}
            likeness = {row.hash: cosine(wanted, unpack(row.vector)) for row in connection.execute(_VECTORS, asked)}
        return {id_: likeness[hash_] for id_, hash_ in hashes.items() if hash_ in likeness}

    def _signs(self, agent_id: str, space: str) -> Iterator[tuple[int, bytes]]:
        with self._database.read() as connection:
            documents = list(connection.execute(_DOCUMENTS, {"p_agent": agent_id}).scalars())
        looked_at = 0
        for start in range(0, len(documents), SLICE):
            if looked_at >= MAX_LOOKED_AT:
                return
            parameters = {"documents": documents[start : start + SLICE], "space": space}
            with self._database.read() as connection:
                rows = connection.execute(_SIGNS, parameters).all()
            looked_at += len(rows)
            yield from ((row.id, row.signs) for row in rows)
            time.sleep(0)
