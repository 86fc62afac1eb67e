"""Indexing memory from the command line, in this process: for whoever does not want to wait for a worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from openclaw.composition.embeddings import ConfiguredEmbedder
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.memory import current_plan
from openclaw.composition.storage import open_storage
from openclaw.errors import ConfigError, ProviderError
from openclaw.memory.index import MemoryIndexer
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.store.migrate import current_revision, head_revision


def index_here(live: LiveSettings, agent_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Index agents one after another; what came of each. A worker that does the same meanwhile does no harm.

    Raises ConfigError, also for a database that is not at this program's schema.
    """
    plan = current_plan(live)
    if not plan.enabled:
        raise ConfigError("memory is not enabled: [memory] enabled is false")
    storage = open_storage(live.settings, pool_size=2)
    try:
        if current_revision(storage.database) != head_revision():
            raise ConfigError("the database is not at the current schema: run `openclaw database upgrade`")
        registry = Registry()
        register_builtin(registry)
        embedder = ConfiguredEmbedder(live, registry, ahead=False)
        indexer = MemoryIndexer(storage.memory_index, embedder, partial(current_plan, live), system_clock)
        for agent_id in agent_ids:
            changed, vectors, problem = indexer.take_in(agent_id), 0, ""
            try:
                vectors = indexer.embed(agent_id)
            except (ProviderError, ConfigError) as error:
                problem = str(error)
            summary = storage.memory_search.summary(agent_id, plan.space)
            yield {
                "agentId": agent_id,
                "changed": changed,
                "vectors": vectors,
                "files": summary.files,
                "chunks": summary.chunks,
                "embedded": summary.embedded,
                "problem": problem,
            }
    finally:
        storage.database.close()
