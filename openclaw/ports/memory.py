"""An agent's memory: the index of its files in the database, and what searches it.

The files are the truth. The index is made from them and can be thrown away; only vectors cost anything to make again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.memory_chunks import Chunk
from openclaw.domain.memory_notes import EndedConversation, Said


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when somebody looked: bytes, and nanoseconds since the epoch."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file as the index has it. ``chunking`` says how it was cut."""

    state: FileState
    hash: str
    chunking: str


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """A place in a file."""

    chunk_id: int
    path: str
    first_line: int
    last_line: int
    text: str


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What the index has of an agent. ``embedded`` are chunks that have a vector of the model that was asked for."""

    files: int = 0
    chunks: int = 0
    embedded: int = 0
    indexed_at_ms: int = 0


class MemoryIndexStore(Protocol):
    """Writes the index. Each method is one short transaction; any may be repeated, here and elsewhere."""

    def files(self, agent_id: str) -> dict[str, IndexedFile]:
        """What is indexed of an agent, by path."""
        ...

    def put_file(self, agent_id: str, path: str, file: IndexedFile, chunks: Sequence[Chunk], now_ms: int) -> bool:
        """Put a file's chunks in the place of those it had, whole or not at all; false when they are there already."""
        ...

    def drop_files(self, agent_id: str, paths: Iterable[str]) -> None:
        """Forget files that are gone."""
        ...

    def without_vector(self, agent_id: str, space: str, limit: int) -> list[Chunk]:
        """Chunks that have no vector in a space yet, each text once."""
        ...

    def put_vectors(self, space: str, vectors: Mapping[str, Sequence[float]], now_ms: int) -> None:
        """Keep vectors by the hash of their text; one that is there already stays. Raises ValueError for zeros."""
        ...

    def prune_vectors(self, space: str, keep: int) -> int:
        """Delete vectors of other spaces and of texts that are gone, the oldest first, where there are more than
        ``keep``; how many.
        """
        ...


class MemorySearchStore(Protocol):
    """Reads the index."""

    def by_words(self, agent_id: str, words: Sequence[str], limit: int) -> list[int]:
        """Chunks that have any of the words, the best first."""
        ...

    def by_vector(
        self, agent_id: str, space: str, vector: Sequence[float], limit: int, also: Sequence[int] = ()
    ) -> dict[int, float]:
        """The chunks that are most like a vector and how like, -1 to 1; of ``also``, those that have a vector too."""
        ...

    def chunks(self, chunk_ids: Sequence[int]) -> list[FoundChunk]:
        """Chunks in the order of their ids here; those that are gone are left out."""
        ...

    def summary(self, agent_id: str, space: str) -> IndexSummary: ...


@dataclass(frozen=True, slots=True)
class OwedNote:
    """A note of a conversation that is still to be written."""

    id: int
    agent_id: str
    conversation: EndedConversation


class SessionNoteStore(Protocol):
    """Notes that are owed. A session that begins a new conversation owes one in the same transaction."""

    def owed(self, limit: int) -> list[OwedNote]:
        """The longest owed first."""
        ...

    def owed_note(self, note_id: int) -> OwedNote | None:
        """``None`` for one that is written."""
        ...

    def last_said(self, note: OwedNote, limit: int) -> list[Said]:
        """The conversation's last words of persons and assistants, oldest first."""
        ...

    def settle(self, note_ids: Sequence[int]) -> None:
        """The notes are written, or will not be."""
        ...


class MemoryBell(Protocol):
    """Tells the workers of work on memory. Losing or doubling a ring does no harm."""

    def ring_index(self, agent_ids: Sequence[str]) -> None:
        """Raises RedisUnavailable."""
        ...

    def ring_notes(self, note_ids: Sequence[int]) -> None:
        """Raises RedisUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryHit:
    """One result. ``score`` is 0 to 1."""

    path: str
    first_line: int
    last_line: int
    score: float
    snippet: str


@dataclass(frozen=True, slots=True)
class MemoryFound:
    """The results, the best first. ``mode`` says what searched: ``hybrid``, ``words``; ``problem`` why not more."""

    hits: tuple[MemoryHit, ...]
    mode: str = "words"
    problem: str = ""


class AgentMemory(Protocol):
    """What tools and methods ask."""

    def usable_in(self, session_key: str) -> bool:
        """Whether memory is on and the session private enough for it."""
        ...

    def search(
        self, agent_id: str, query: str, *, max_results: int | None = None, min_score: float | None = None
    ) -> MemoryFound:
        """Look for a query; takes in files that have changed where they can be seen. Raises StoreUnavailable."""
        ...
