"""``memory.search`` and ``doctor.memory.status`` over the index in the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.memory_chunks import CHUNKING, Chunk, chunk_markdown
from openclaw.errors import ProviderTimeout
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.memory import FileState, IndexedFile
from openclaw.ports.provider import ModelRef
from openclaw.providers.demo.embedding import vector_of
from openclaw.store.repositories.memory_index import SqlMemoryIndex
from tests.integration.web.serving import Served
from tests.integration.web.twins import TwinEmbedder, memory_desk, open_database

pytestmark = pytest.mark.spec("H7", "K5")

Serve = Callable[..., Served]
SPACE = "demo/hash#1"
TEXT = "# People\n\nRose likes green tea."


def fill(state_dir: Path, *, vectors: bool = False) -> Any:
    """A memory desk over an index with one file."""
    database = open_database(state_dir)
    index = SqlMemoryIndex(database)
    index.put_file("main", "MEMORY.md", IndexedFile(FileState(1, 1), "h", CHUNKING), chunk_markdown(TEXT), 7)
    if not vectors:
        return memory_desk(database, state_dir)
    index.put_vectors(SPACE, {Chunk(1, 3, TEXT).hash: vector_of(TEXT, 256)}, 7)
    return memory_desk(database, state_dir, model=ModelRef("demo", "hash"), space=SPACE)


def test_an_operator_searches_an_agents_memory(serve: Serve, tmp_path: Path) -> None:
    with serve(memory=fill(tmp_path)).client(scopes=["operator.read"]) as client:
        found = client.result("memory.search", {"query": "green tea"})
        assert found == {
            "agentId": "main",
            "mode": "words",
            "results": [
                {
                    "path": "MEMORY.md",
                    "startLine": 1,
                    "endLine": 3,
                    "score": 1.0,
                    "snippet": TEXT,
                    "source": "memory",
                }
            ],
        }
        assert client.result("memory.search", {"query": "tea", "sessionKey": "agent:other:main"})["results"] == []
        assert client.result("memory.search", {"query": "tea", "agentId": "MAIN", "maxResults": 1})["results"] != []
        refused = client.call("memory.search", {"query": "tea", "agentId": "nobody"})
        assert refused["error"]["message"] == "unknown agent id 'nobody'"
        refused = client.call("memory.search", {"query": "tea", "minScore": 1.5})
        assert refused["error"]["message"] == "invalid memory.search params: at /minScore: must be <= 1"


def test_the_doctor_says_what_there_is_and_why_not_more(serve: Serve, tmp_path: Path) -> None:
    with serve(memory=fill(tmp_path)).client(scopes=["operator.read"]) as client:
        found = client.result("doctor.memory.status", {})
        assert (found["agentId"], found["enabled"], found["files"], found["chunks"]) == ("main", True, 1, 1)
        assert found["embedding"]["ok"] is False
        assert "no embedding provider" in found["embedding"]["error"]
        assert client.result("doctor.memory.status", {"agentId": "other"})["files"] == 0


def test_with_a_vendor_both_searches_count_and_its_failure_is_said(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(memory=fill(tmp_path, vectors=True)).client(scopes=["operator.read"]) as client:
        assert client.result("memory.search", {"query": TEXT})["results"][0]["score"] == pytest.approx(1, abs=0.01)
        found = client.result("doctor.memory.status", {"probe": True})
        assert (found["provider"], found["model"], found["embedded"]) == ("demo", "hash", 1)
        assert found["embedding"] == {"ok": True}

        def late(
            _self: TwinEmbedder, _ref: ModelRef, _texts: tuple[str, ...], _size: int | None = None
        ) -> EmbeddedTexts:
            raise ProviderTimeout("demo: no answer in time")

        monkeypatch.setattr(TwinEmbedder, "embed", late)
        found = client.result("memory.search", {"query": "tea"})
        assert (found["mode"], found["warning"], len(found["results"])) == ("words", "demo: no answer in time", 1)
        assert client.result("doctor.memory.status", {})["embedding"] == {"ok": True}
        found = client.result("doctor.memory.status", {"probe": True})
        assert found["embedding"] == {"ok": False, "error": "demo: no answer in time"}
