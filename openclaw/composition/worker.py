"""What a worker process runs turns, replies and maintenance with."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from openclaw.agent.ending import PlanReplies
from openclaw.agent.holds import HoldRegister
from openclaw.agent.profile import AgentProfile
from openclaw.agent.runner import RunnerParts, TurnRunner
from openclaw.agent.turn import TurnParts
from openclaw.composition.channels import ConfiguredAccounts
from openclaw.composition.crash import arm_crash_points
from openclaw.composition.intake import build_keeper
from openclaw.composition.models import ConfiguredModels
from openclaw.composition.redis_parts import RedisParts, broker_for, lanes_on, open_redis
from openclaw.composition.storage import Storage, open_storage
from openclaw.coordination.client import connect
from openclaw.coordination.coalescing import WINDOW_MS, CoalescingEmitter
from openclaw.coordination.signals import listen_cancels
from openclaw.domain.envelope import ReplyRoute
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.media.store import FileMediaStore
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.lanes import Hold, Lanes
from openclaw.ports.store import ReplyChunk
from openclaw.reply.deliver import Deliverer
from openclaw.reply.plan import plan_replies
from openclaw.reply.retry import RetryPolicy
from openclaw.settings.schema import Agent, Settings

#: Every so many live turns lengthen the gathering of text by one window, up to what still reads fluently.
TURNS_PER_WINDOW = 16
LONGEST_WINDOW_MS = 150

__all__ = ["WorkerServices", "broker_for", "build_worker_services", "queue_names"]


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """One process's worth."""

    runner: TurnRunner
    deliverer: Deliverer
    keeper: LaneKeeper
    media: FileMediaStore
    holds: HoldRegister
    storage: Storage
    redis: RedisParts
    clock: Clock
    #: A lane engine on connections of its own, for the native renewing thread.
    renewing_lanes: Callable[[], Lanes]
    cancel_signals: Callable[[], Iterator[Hold | None]]


def queue_names(settings: Settings) -> list[str]:
    """Every Celery queue this configuration uses."""
    own = [agent.queue for agent in settings.agents.by_id.values() if agent.queue]
    classes = [f"agent.{name}" for name in settings.lanes.classes]
    return list(dict.fromkeys([*classes, *own, "replies", "media", "maintenance"]))


def build_worker_services(settings: Settings, registry: Registry | None = None) -> WorkerServices:
    """Build everything lazily connected, so that a forked child makes its own connections.

    ``registry`` is for embedders that bring tools or providers of their own; the built-in ones are added to it.
    """
    arm_crash_points(settings)
    threads = settings.worker.concurrency
    storage = open_storage(settings, pool_size=min(threads, 32))
    redis_parts = open_redis(settings, max_connections=min(threads, 64) + 8)
    registry = registry or Registry()
    register_builtin(registry)
    accounts = ConfiguredAccounts(settings.channels, registry)
    keeper = build_keeper(settings, storage, redis_parts)
    holds = HoldRegister(settings.lanes.lease_seconds, settings.runs.total_seconds)
    agents = settings.agents.by_id
    turn_parts = TurnParts(
        runs=storage.runs,
        router=ConfiguredModels(settings.models.providers, agents, registry),
        tools=registry.tools,
        limits=settings.runs,
        clock=system_clock,
    )
    runner_parts = RunnerParts(
        lanes=redis_parts.lanes,
        keeper=keeper,
        control=storage.control,
        holds=holds,
        agents={a.id: _profile(a, registry) for a in agents.values()},
        open_emitter=lambda run: CoalescingEmitter(
            redis_parts.stream, run, system_clock, window_ms=lambda: _window_ms(len(holds))
        ),
        plan_for=partial(_plan_for, accounts),
        show_typing=_typing_shower(accounts),
        owner=f"{socket.gethostname()}:{os.getpid()}",
    )
    return WorkerServices(
        runner=TurnRunner(runner_parts, turn_parts),
        deliverer=Deliverer(
            storage.outbox,
            accounts.account,
            accounts.capabilities,
            system_clock,
            retry=RetryPolicy(max_attempts=settings.outbox.max_attempts),
            claim_ms=int(settings.outbox.claim_seconds * 1000),
        ),
        keeper=keeper,
        media=FileMediaStore(
            settings.media_dir, max_bytes=settings.media.max_bytes, ttl_seconds=settings.media.ttl_seconds
        ),
        holds=holds,
        storage=storage,
        redis=redis_parts,
        clock=system_clock,
        renewing_lanes=lambda: lanes_on(connect(redis_parts.url, max_connections=2), settings),
        cancel_signals=lambda: listen_cancels(redis_parts.open_blocking, lambda: False),
    )


def _window_ms(live_turns: int) -> int:
    """How long text is gathered: each send costs as much as the token itself, so many turns send less often."""
    return min(WINDOW_MS * (1 + live_turns // TURNS_PER_WINDOW), LONGEST_WINDOW_MS)


def _plan_for(accounts: ConfiguredAccounts, route: ReplyRoute) -> PlanReplies:
    """Clients read the stream; only channels get rows in the outbox."""
    if route.channel == "client":
        return _no_replies
    capabilities = accounts.capabilities(route.channel)
    return lambda text: plan_replies(text, capabilities)


def _no_replies(_: str) -> tuple[ReplyChunk, ...]:
    return ()


def _typing_shower(accounts: ConfiguredAccounts) -> Callable[[ReplyRoute], None]:
    """Shows typing on threads of its own: the platform's answer must not hold up the model."""
    pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="typing")

    def show(route: ReplyRoute) -> None:
        if route.channel == "client" or not accounts.capabilities(route.channel).typing:
            return
        account = accounts.account(route.channel, route.account)
        if account is not None:
            pool.submit(account.typing, route)

    return show


def _profile(agent: Agent, registry: Registry) -> AgentProfile:
    return AgentProfile(
        agent_id=agent.id,
        name=agent.name,
        workspace=Path(agent.workspace),
        instructions=agent.system_prompt,
        tools=frozenset(name for name in registry.tools if agent.tools.allows(name)),
    )
