"""Heartbeats, as the configuration wants them at each moment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts
from openclaw.composition.storage import Storage
from openclaw.domain.heartbeat import HeartbeatRules
from openclaw.domain.memory_scope import remembers
from openclaw.intake.event_desk import EventDesk, MachineIntake
from openclaw.intake.heartbeat_desk import HeartbeatDesk, HeartbeatPlan
from openclaw.ports.clock import system_clock
from openclaw.settings.schema import Settings


def heartbeat_plans(settings: Settings) -> Mapping[str, HeartbeatPlan]:
    """The agents that have heartbeats: those that are configured to; if none is, the default one."""
    agents = settings.agents
    configured = {id_: agent.heartbeat for id_, agent in agents.by_id.items() if agent.heartbeat is not None}
    rules = configured or {agents.default_id: HeartbeatRules()}
    return {
        id_: HeartbeatPlan(each, Path(agents.by_id[id_].workspace), configured=id_ in configured)
        for id_, each in rules.items()
        if each.every_minutes
    }


def build_heartbeat_desk(
    live: LiveSettings, storage: Storage, redis_parts: RedisParts, intake: MachineIntake, events: EventDesk
) -> HeartbeatDesk:
    """A desk that goes by the settings as they are at each moment."""
    return HeartbeatDesk(
        storage.heartbeats,
        storage.sessions,
        intake,
        events,
        redis_parts.stream.notify,
        system_clock,
        lambda: heartbeat_plans(live.settings),
        lambda key: remembers(key, live.settings.memory.private_sessions),
    )
