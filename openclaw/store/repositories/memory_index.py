"""Writing the index of memory: a file with all its chunks, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from openclaw.domain.memory_chunks import Chunk
from openclaw.domain.memory_vectors import normalized, pack, signs
from openclaw.domain.memory_words import indexed_words
from openclaw.ports.memory import FileState, IndexedFile
from openclaw.store.database import Database
from openclaw.store.models import memory_chunks, memory_documents, memory_vectors
from openclaw.store.repositories.upsert import DialectInsert

_OF_AGENT = memory_documents.c.agent_id == bindparam("p_agent")
_FILES = select(memory_documents).where(_OF_AGENT)
_ONE = select(memory_documents).where(_OF_AGENT, memory_documents.c.path == bindparam("p_path"))

#: Makes the row of a new file, or takes the lock of one that is there: two that index the same wait for each other.
_CLAIM = DialectInsert(
    memory_documents,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[memory_documents.c.agent_id, memory_documents.c.path],
        set_={"path": insert.excluded.path},
    ).returning(memory_documents.c.id, memory_documents.c.hash, memory_documents.c.chunking),
)
_PUT = update(memory_documents).where(memory_documents.c.id == bindparam("p_id"))
_DROP_CHUNKS = delete(memory_chunks).where(memory_chunks.c.document_id == bindparam("p_id"))
_DROP = delete(memory_documents).where(memory_documents.c.id == bindparam("p_id"))

_HAS_VECTOR = exists().where(
    memory_vectors.c.space == bindparam("p_space"), memory_vectors.c.hash == memory_chunks.c.hash
)
_WITHOUT_VECTOR = (
    select(
        memory_chunks.c.hash,
        func.min(memory_chunks.c.first_line).label("first_line"),
        func.min(memory_chunks.c.last_line).label("last_line"),
        func.min(memory_chunks.c.text).label("text"),
    )
    .join(memory_documents, memory_documents.c.id == memory_chunks.c.document_id)
    .where(_OF_AGENT, ~_HAS_VECTOR)
    .group_by(memory_chunks.c.hash)
    .order_by(func.min(memory_chunks.c.id))
    .limit(bindparam("p_limit"))
)
_PUT_VECTOR = DialectInsert(memory_vectors, lambda insert: insert.on_conflict_do_nothing())

_COUNT_VECTORS = select(func.count()).select_from(memory_vectors)
_USELESS = (
    select(memory_vectors.c.id)
    .where(
        or_(
            memory_vectors.c.space != bindparam("p_space"),
            ~exists().where(memory_chunks.c.hash == memory_vectors.c.hash),
        )
    )
    .order_by(memory_vectors.c.id)
    .limit(bindparam("p_limit"))
)
_PRUNE = delete(memory_vectors).where(memory_vectors.c.id.in_(_USELESS.scalar_subquery()))
#: Vectors that one transaction deletes.
PRUNE_AT_ONCE = 1_000


class SqlMemoryIndex:
    """Implements ``MemoryIndexStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def files(self, agent_id: str) -> dict[str, IndexedFile]:
        """What is indexed of an agent, by path."""
        with self._database.read() as connection:
            rows = connection.execute(_FILES, {"p_agent": agent_id}).all()
        return {row.path: IndexedFile(FileState(row.size, row.mtime_ns), row.hash, row.chunking) for row in rows}

    def put_file(self, agent_id: str, path: str, file: IndexedFile, chunks: Sequence[Chunk], now_ms: int) -> bool:
        """See the port. The same text under a new time keeps its chunks."""
        state = {"size": file.state.size, "mtime_ns": file.state.mtime_ns, "indexed_at_ms": now_ms}
        # A hash of its own for a row that is only claimed: it has no chunks yet.
        fresh = {"agent_id": agent_id, "path": path, "hash": "", "chunking": "", **state}
        # Before the transaction: on SQLite others wait for its end.
        rows = [_row(position, chunk) for position, chunk in enumerate(chunks)]
        with self._database.write() as connection:
            row = connection.execute(_CLAIM.on(connection), fresh).one()
            same = (row.hash, row.chunking) == (file.hash, file.chunking)
            whole = {"hash": file.hash, "chunking": file.chunking, **state}
            connection.execute(_PUT.values(**whole), {"p_id": row.id})
            if same:
                return False
            connection.execute(_DROP_CHUNKS, {"p_id": row.id})
            if rows:
                connection.execute(memory_chunks.insert(), [{"document_id": row.id, **each} for each in rows])
        return True

    def drop_files(self, agent_id: str, paths: Iterable[str]) -> None:
        """Forget files that are gone."""
        with self._database.write() as connection:
            for path in paths:
                row = connection.execute(_ONE, {"p_agent": agent_id, "p_path": path}).one_or_none()
                if row is not None:
                    connection.execute(_DROP_CHUNKS, {"p_id": row.id})
                    connection.execute(_DROP, {"p_id": row.id})

    def without_vector(self, agent_id: str, space: str, limit: int) -> list[Chunk]:
        """Chunks that have no vector in a space yet, each text once."""
        parameters = {"p_agent": agent_id, "p_space": space, "p_limit": limit}
        with self._database.read() as connection:
            rows = connection.execute(_WITHOUT_VECTOR, parameters).all()
        return [Chunk(row.first_line, row.last_line, row.text) for row in rows]

    def put_vectors(self, space: str, vectors: Mapping[str, Sequence[float]], now_ms: int) -> None:
        """Keep vectors by the hash of their text; one that is there already stays. Raises ValueError for zeros."""
        rows = []
        for hash_, numbers in vectors.items():
            vector = normalized(numbers)
            packed = {"signs": signs(vector), "vector": pack(vector)}
            rows.append({"space": space, "hash": hash_, "created_at_ms": now_ms, **packed})
        if rows:
            with self._database.write() as connection:
                connection.execute(_PUT_VECTOR.on(connection), rows)

    def prune_vectors(self, space: str, keep: int) -> int:
        """See the port."""
        with self._database.write() as connection:
            surplus = connection.execute(_COUNT_VECTORS).scalar_one() - keep
            if surplus <= 0:
                return 0
            parameters = {"p_space": space, "p_limit": min(surplus, PRUNE_AT_ONCE)}
            return connection.execute(_PRUNE, parameters).rowcount


def _row(position: int, chunk: Chunk) -> dict[str, object]:
    return {
        "position": position,
        "first_line": chunk.first_line,
        "last_line": chunk.last_line,
        "hash": chunk.hash,
        "text": chunk.text,
        "words": indexed_words(chunk.text),
    }
