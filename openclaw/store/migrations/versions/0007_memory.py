"""Agents' memory: files in pieces, their words and vectors, and notes of conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_WORDS = {
    "sqlite": (
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
    ),
    "postgresql": ("CREATE INDEX memory_words ON memory_chunks USING gin (words)",),
}


def upgrade() -> None:
    op.create_table(
        "memory_documents",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", BigInt, nullable=False),
        sa.Column("mtime_ns", BigInt, nullable=False),
        sa.Column("chunking", sa.Text(), nullable=False),
        sa.Column("indexed_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_documents")),
        sa.UniqueConstraint("agent_id", "path", name=op.f("uq_memory_documents_agent_id_path")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memory_chunks",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("document_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("first_line", BigInt, nullable=False),
        sa.Column("last_line", BigInt, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_chunks")),
        sa.UniqueConstraint("document_id", "position", name=op.f("uq_memory_chunks_document_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_memory_chunks_hash", "memory_chunks", ["hash"])
    for statement in _WORDS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "memory_vectors",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("signs", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_vectors")),
        sa.UniqueConstraint("space", "hash", name=op.f("uq_memory_vectors_space_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memory_notes",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("session_id", BigInt, nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("session_uuid", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("ended_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_notes")),
        sa.UniqueConstraint("session_uuid", name=op.f("uq_memory_notes_session_uuid")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("memory_notes")
    op.drop_table("memory_vectors")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE memory_words")
    op.drop_table("memory_chunks")
    op.drop_table("memory_documents")
