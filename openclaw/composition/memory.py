"""Memory as workers, gateways and the command line put it together."""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts
from openclaw.composition.storage import Storage
from openclaw.memory.index import MemoryIndexer
from openclaw.memory.keeper import MemoryKeeper
from openclaw.memory.plan import MemoryPlan
from openclaw.memory.search import MemorySearch
from openclaw.ports.clock import system_clock
from openclaw.ports.embedding import Embedder
from openclaw.ports.provider import ModelRef
from openclaw.settings.schema import Settings
from openclaw.settings.sections.memory import EMBEDDING_MODELS

#: How long whoever indexes an agent's files may go without a sign of life; it renews with each file and batch.
INDEX_SECONDS = 120


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """What a worker needs of memory."""

    keeper: MemoryKeeper
    search: MemorySearch


def build_worker_memory(
    live: LiveSettings, storage: Storage, redis_parts: RedisParts, embedder: Embedder
) -> WorkerMemory:
    """Memory for a process that has the workspaces: it reads the files, indexes them and writes notes."""
    plan = partial(current_plan, live)
    indexer = MemoryIndexer(storage.memory_index, embedder, plan, system_clock)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    keeper = MemoryKeeper(
        indexer,
        storage.notes,
        redis_parts.doorbell,
        plan,
        lambda agent_id: redis_parts.lease(f"memory:{agent_id}", f"{owner}:{uuid.uuid4()}", INDEX_SECONDS * 1000),
        system_clock,
    )
    search = MemorySearch(storage.memory_search, embedder, plan, indexer=indexer, bell=redis_parts.doorbell)
    return WorkerMemory(keeper, search)


def build_gateway_memory(live: LiveSettings, storage: Storage, embedder: Embedder) -> MemorySearch:
    """Memory for a process that may not have the workspaces: it searches what is indexed."""
    return MemorySearch(storage.memory_search, embedder, partial(current_plan, live))


def current_plan(live: LiveSettings) -> MemoryPlan:
    """The plan of the configuration as it is now."""
    return memory_plan(live.settings)


def memory_plan(settings: Settings) -> MemoryPlan:
    """The settings as memory reads them."""
    memory = settings.memory
    model = embedding_model(settings)
    return MemoryPlan(
        enabled=memory.enabled,
        workspaces={agent.id: Path(agent.workspace) for agent in settings.agents.by_id.values()},
        extra_paths=memory.extra_paths,
        model=model,
        space="" if model is None else _space(model, settings),
        max_results=memory.max_results,
        min_score=memory.min_score,
        session_notes=memory.session_notes,
        private_sessions=memory.private_sessions,
    )


def embedding_model(settings: Settings) -> ModelRef | None:
    """The model of memory's vectors; ``None`` for a memory without."""
    memory = settings.memory
    if not (memory.enabled and memory.provider):
        return None
    return ModelRef(memory.provider, memory.model or EMBEDDING_MODELS[memory.provider])


def _space(model: ModelRef, settings: Settings) -> str:
    """Another address may give other vectors under the same name."""
    address = settings.models.providers[model.provider].base_url
    return f"{model}#{hashlib.sha256(address.encode()).hexdigest()[:8]}"
