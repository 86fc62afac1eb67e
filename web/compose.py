"""Builds a gateway's services from the settings: the steps before it serves."""

from __future__ import annotations

import time
from functools import partial

from openclaw import __version__
from openclaw.composition.crash import arm_crash_points
from openclaw.composition.embeddings import ConfiguredEmbedder
from openclaw.composition.intake import (
    build_approval_desk,
    build_event_desk,
    build_intake,
    build_keeper,
    build_node_desk,
    build_subagent_desk,
    follow_settings,
)
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.mcp import seen_tools
from openclaw.composition.memory import build_gateway_memory, current_plan
from openclaw.composition.model_desk import build_model_desk
from openclaw.composition.redis_parts import RedisParts, open_redis
from openclaw.composition.settings import adopt_edits, live_settings
from openclaw.composition.skills import LiveShelf
from openclaw.composition.speech import ConfiguredVoice
from openclaw.composition.storage import open_storage
from openclaw.composition.tool_shelf import ToolParts, add_tools
from openclaw.coordination.accounts import RedisAccountBoard, RedisErrandBell
from openclaw.coordination.auth_limiter import RedisAuthLimiter
from openclaw.coordination.gateway_keys import NODE_BOARD
from openclaw.coordination.presence import RedisPresenceBoard
from openclaw.intake.session_post import SessionMail
from openclaw.media.store import FileMediaStore
from openclaw.media.understanding import NOBODY, Understanding
from openclaw.observability.logs import set_up_logging
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.ports.presence import MAX_NODES, NODE_TTL_SECONDS
from openclaw.reply.messenger import Messenger
from openclaw.reply.outbox_desk import OutboxDesk
from openclaw.settings.environment import read_environment
from openclaw.settings.home import ensure_home
from openclaw.settings.schema import Settings
from web.account_desk import AccountDesk
from web.auth.tailscale import TailscaleWhois
from web.config_watch import ConfigWatch
from web.discovery import Announcement, Announcer
from web.facts import LiveFacts
from web.memory_desk import MemoryDesk
from web.restart import ask_server, can_restart
from web.route_desk import RouteDesk
from web.services import GatewayServices
from web.skill_desk import SkillDesk
from web.startup import Startup

#: Connections of one gateway: it waits for Redis and SQL little, so a few serve many clients.
REDIS_CONNECTIONS = 32
SQL_CONNECTIONS = 12


def build_gateway_services() -> GatewayServices:
    """Everything a gateway process needs, connected lazily. Raises ConfigError."""
    startup = Startup()
    started = time.perf_counter()
    adopt_edits(read_environment())
    live = live_settings()
    settings = ensure_home(live.settings)
    live.settle(settings)
    set_up_logging(settings.log.level)
    live.on_change(lambda _before, after, _changes: set_up_logging(after.log.level))
    arm_crash_points(settings)
    storage = open_storage(settings, pool_size=SQL_CONNECTIONS)
    watch = ConfigWatch(live, storage.config, system_clock)
    watch.renew_copy()
    startup.did("config", started)

    started = time.perf_counter()
    settings = live.settings
    redis_parts = open_redis(settings, max_connections=REDIS_CONNECTIONS)
    keeper = build_keeper(settings, storage, redis_parts)
    node_desk = build_node_desk(storage, redis_parts, keeper)
    registry = Registry()
    register_builtin(registry)
    approval_desk = build_approval_desk(storage, redis_parts, keeper)
    embedder = ConfiguredEmbedder(live, registry)
    memory = build_gateway_memory(live, storage, embedder)
    startup.did("plugins", started)

    started = time.perf_counter()
    intake = build_intake(settings, storage, redis_parts, keeper)
    follow_settings(live, keeper, intake)
    subagents = build_subagent_desk(live, storage, redis_parts, keeper, intake)
    mail = SessionMail(intake, storage.control.run_view, keeper.answer_wait)
    # Its tool is only looked at here; workers have who sees.
    understanding = Understanding(storage.media_files, lambda: NOBODY)
    voice = ConfiguredVoice(live, registry)
    parts = ToolParts(
        storage=storage,
        keeper=keeper,
        nodes=node_desk,
        approvals=approval_desk,
        editor=watch.editor,
        notify=redis_parts.stream.notify,
        memory=memory,
        understanding=understanding,
        subagents=subagents,
        mail=mail,
        voice=voice,
        bell=redis_parts.doorbell,
    )
    add_tools(registry, live, parts)
    facts = LiveFacts(live, registry)
    services = GatewayServices(
        intake=intake,
        events=build_event_desk(storage, intake),
        sessions=storage.sessions,
        session_desk=storage.session_desk,
        search=storage.search,
        tasks=storage.tasks,
        outbox=OutboxDesk(storage.outbox_desk, keeper.ring_replies, system_clock),
        usage=storage.usage,
        control=storage.control,
        stream=redis_parts.stream,
        messenger=Messenger(storage.outbox, keeper.ring_replies, system_clock),
        current=facts.current,
        channels=registry.channels,
        tools=registry.tools,
        remote_tools=lambda: seen_tools(live, storage.mcp_tools),
        tool_sources=registry.tool_sources,
        state_dir=settings.home,
        config_path=settings.config_path,
        log_file=settings.logs_dir / "gateway.log",
        version=__version__,
        reset_session=intake.reset_session,
        devices=storage.devices,
        auth_limiter=RedisAuthLimiter(redis_parts.client),
        presence=RedisPresenceBoard(redis_parts.client),
        nodes=node_desk,
        heartbeats=storage.heartbeats,
        files=storage.media_files,
        speech=voice,
        models=build_model_desk(live, registry, storage, redis_parts),
        accounts=AccountDesk(
            storage.accounts,
            RedisAccountBoard(redis_parts.client),
            RedisErrandBell(redis_parts.client),
            system_clock,
        ),
        approvals=approval_desk,
        senders=intake.gate.senders,
        refusals=intake.gate.counts,
        node_board=RedisPresenceBoard(
            redis_parts.client, keys=NODE_BOARD, ttl_seconds=NODE_TTL_SECONDS, max_entries=MAX_NODES
        ),
        whois=TailscaleWhois(),
        checks={"database": storage.sessions.check, "redis": lambda: _ping(redis_parts)},
        lanes_summary=storage.sessions.counts,
        media=FileMediaStore(
            settings.media_dir, max_bytes=settings.media.max_bytes, ttl_seconds=settings.media.ttl_seconds
        ),
        embedder=embedder,
        memory=MemoryDesk(memory, storage.memory_search, embedder, partial(current_plan, live)),
        skills=SkillDesk(LiveShelf(live), settings.skills_dir),
        routes=RouteDesk(live, watch, storage.senders, storage.messages.envelope),
        config=watch,
        announcer=_announcer(live),
        restart=ask_server if can_restart() else None,
        startup=startup,
        clock=system_clock,
    )
    startup.did("runtime", started)
    return services


def _announcer(live: LiveSettings) -> Announcer:
    announcer = Announcer(_announcement(live.settings))
    live.on_change(lambda _before, after, _changes: announcer.follow(_announcement(after)))
    return announcer


def _announcement(settings: Settings) -> Announcement:
    gateway, discovery = settings.gateway, settings.discovery
    return Announcement(discovery.mdns, gateway.host, gateway.port, discovery.display_name)


def _ping(redis_parts: RedisParts) -> None:
    redis_parts.lanes.epoch()
