"""A workspace, its index in SQLite, and a vendor that does what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from openclaw.errors import RedisUnavailable
from openclaw.memory.index import MemoryIndexer
from openclaw.memory.keeper import MemoryKeeper
from openclaw.memory.plan import MemoryPlan
from openclaw.memory.search import MemorySearch
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.provider import ModelRef
from openclaw.providers.demo.embedding import vector_of
from openclaw.store import Database
from openclaw.store.repositories.memory_index import SqlMemoryIndex
from openclaw.store.repositories.memory_notes import SqlSessionNotes
from openclaw.store.repositories.memory_search import SqlMemorySearch
from tests.contract.store.databases import open_migrated
from tests.contract.store.world import World

VECTORS = ModelRef("demo", "hash")


@dataclass
class Vendor:
    """Makes vectors of words; ``trouble`` sees each call and may raise."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    trouble: Callable[[tuple[str, ...]], None] = lambda _texts: None

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        self.trouble(texts)
        self.calls.append(texts)
        return EmbeddedTexts(tuple(vector_of(text, dimensions or 256) for text in texts))


@dataclass
class Bell:
    """Remembers what it rang for."""

    index: list[str] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    away: bool = False

    def ring_index(self, agent_ids: list[str]) -> None:
        if self.away:
            raise RedisUnavailable("away")
        self.index += agent_ids

    def ring_notes(self, note_ids: list[int]) -> None:
        if self.away:
            raise RedisUnavailable("away")
        self.notes += note_ids


@dataclass
class Lease:
    """Free, unless somebody has it; runs out after so many renewals."""

    free: bool = True
    renewals: int = 1_000

    def acquire(self) -> bool:
        return self.free

    def renew(self) -> bool:
        self.renewals -= 1
        return self.renewals >= 0

    def release(self) -> bool:
        return True


class Memory:
    """One agent's memory with everything around it; the clock stands still."""

    def __init__(self, database: Database, workspace: Path) -> None:
        workspace.mkdir()
        self.world = World(database)
        self.workspace = workspace
        self.plan = MemoryPlan(workspaces={"main": workspace})
        self.vendor, self.bell, self.lease = Vendor(), Bell(), Lease()
        self.store = SqlMemorySearch(database)
        self.index_store = SqlMemoryIndex(database)
        self.notes = SqlSessionNotes(database)
        clock, plan = (lambda: self.world.now), (lambda: self.plan)
        self.indexer = MemoryIndexer(self.index_store, self.vendor, plan, clock)
        self.keeper = MemoryKeeper(self.indexer, self.notes, self.bell, plan, lambda _agent: self.lease, clock)
        self.search = MemorySearch(self.store, self.vendor, plan, indexer=self.indexer, bell=self.bell)

    def with_vectors(self, space: str = "demo/hash#1") -> None:
        self.change(model=VECTORS, space=space)

    def change(self, **changes: object) -> None:
        self.plan = replace(self.plan, **changes)  # type: ignore[arg-type]

    def write(self, path: str, text: str) -> Path:
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def paths(self, query: str, **options: object) -> list[str]:
        return [hit.path for hit in self.search.search("main", query, **options).hits]  # type: ignore[arg-type]

    def rung(self) -> list[str]:
        """What the bell was rung for since the last time."""
        rung, self.bell.index = self.bell.index, []
        return rung


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    database = open_migrated("sqlite", tmp_path)
    yield Memory(database, tmp_path / "workspace")
    database.close()
