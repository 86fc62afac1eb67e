"""Memory: the index of agents' memory files, vectors of their texts, and notes that are still to be written.

The index of words is the database's own: FTS5 over the chunks' ``words``, kept by triggers, or a GIN index.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Dialect, Index, LargeBinary, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from openclaw.store.models.columns import Base, RowId

#: Everything of the index of words is called so; Alembic cannot describe it and leaves it alone.
WORD_INDEX = "memory_words"

SQLITE_WORDS = (
    (
        "CREATE VIRTUAL TABLE memory_words USING fts5"
        "(words, content='memory_chunks', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    ),
    (
        "CREATE TRIGGER memory_words_added AFTER INSERT ON memory_chunks BEGIN "
        "INSERT INTO memory_words(rowid, words) VALUES (new.id, new.words); END"
    ),
    (
        "CREATE TRIGGER memory_words_removed AFTER DELETE ON memory_chunks BEGIN "
        "INSERT INTO memory_words(memory_words, rowid, words) VALUES ('delete', old.id, old.words); END"
    ),
)
POSTGRES_WORDS = ("CREATE INDEX memory_words ON memory_chunks USING gin (words)",)


class Words(TypeDecorator[str]):
    """Words with a space between them. PostgreSQL gets them as they are, without its own parser."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        # Words are letters and digits: nothing in them needs care.
        return " ".join(f"'{word}'" for word in value.split())


class MemoryDocumentRow(Base):
    """One indexed file of an agent's workspace. A row and its chunks are written in one transaction."""

    __tablename__ = "memory_documents"

    id: Mapped[RowId]
    agent_id: Mapped[str]
    #: Relative to the workspace, with ``/``.
    path: Mapped[str]
    hash: Mapped[str]
    size: Mapped[int]
    mtime_ns: Mapped[int]
    #: How it was cut; another one is reason to cut it anew.
    chunking: Mapped[str]
    indexed_at_ms: Mapped[int]

    __table_args__ = (UniqueConstraint("agent_id", "path"), {"sqlite_autoincrement": True})


class MemoryChunkRow(Base):
    """A piece of a file. Written once and deleted with its file's other pieces, never changed."""

    __tablename__ = "memory_chunks"

    id: Mapped[RowId]
    document_id: Mapped[int]
    position: Mapped[int]
    first_line: Mapped[int]
    last_line: Mapped[int]
    #: Of the text: what its vector is found by.
    hash: Mapped[str]
    text: Mapped[str]
    #: What of the text is searched (``domain.memory_words``).
    words: Mapped[str] = mapped_column(Words())

    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        Index("ix_memory_chunks_hash", "hash"),
        {"sqlite_autoincrement": True},
    )


class MemoryVectorRow(Base):
    """A text's vector in the space of one model, for all chunks with that text. Written once."""

    __tablename__ = "memory_vectors"

    id: Mapped[RowId]
    #: Vendor, model and address: vectors of two spaces cannot be compared.
    space: Mapped[str]
    hash: Mapped[str]
    created_at_ms: Mapped[int]
    #: One bit per dimension; before the long column, so that reading it reads no more.
    signs: Mapped[bytes] = mapped_column(LargeBinary())
    #: 32-bit floats, the lowest byte first.
    vector: Mapped[bytes] = mapped_column(LargeBinary())

    __table_args__ = (UniqueConstraint("space", "hash"), {"sqlite_autoincrement": True})


class MemoryNoteRow(Base):
    """A conversation that gave way to a new one and whose note is owed. Deleted once that is settled."""

    __tablename__ = "memory_notes"

    id: Mapped[RowId]
    session_id: Mapped[int]
    session_key: Mapped[str]
    session_uuid: Mapped[str] = mapped_column(unique=True)
    agent_id: Mapped[str]
    ended_at_ms: Mapped[int]

    __table_args__: Any = ({"sqlite_autoincrement": True},)


for _statements, _dialect in ((SQLITE_WORDS, "sqlite"), (POSTGRES_WORDS, "postgresql")):
    for _statement in _statements:
        event.listen(MemoryChunkRow.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
