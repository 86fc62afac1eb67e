"""Builds a gateway's services from the settings."""

from __future__ import annotations

import logging
from typing import Any

from openclaw import __version__
from openclaw.composition.channels import ConfiguredAccounts
from openclaw.composition.crash import arm_crash_points
from openclaw.composition.intake import build_intake, build_keeper
from openclaw.composition.models import ConfiguredModels
from openclaw.composition.redis_parts import open_redis
from openclaw.composition.settings import process_settings
from openclaw.composition.storage import open_storage
from openclaw.errors import ConfigError
from openclaw.media.store import FileMediaStore
from openclaw.observability.logs import set_up_logging
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.settings.home import ensure_home
from openclaw.settings.schema import Agent, Settings
from web.services import AgentFacts, AuthPolicy, ConfiguredAccount, GatewayServices, Limits

log = logging.getLogger(__name__)

#: Connections of one gateway: it waits for Redis and SQL little, so a few serve many clients.
REDIS_CONNECTIONS = 32
SQL_CONNECTIONS = 12


def build_gateway_services() -> GatewayServices:
    """Everything a gateway process needs, connected lazily. Raises ConfigError."""
    settings = ensure_home(process_settings())
    set_up_logging(settings.log.level)
    arm_crash_points(settings)
    storage = open_storage(settings, pool_size=SQL_CONNECTIONS)
    redis_parts = open_redis(settings, max_connections=REDIS_CONNECTIONS)
    keeper = build_keeper(settings, storage, redis_parts)
    intake = build_intake(settings, storage, redis_parts, keeper)
    registry = Registry()
    register_builtin(registry)
    accounts = ConfiguredAccounts(settings.channels, registry)
    models = ConfiguredModels(settings.models.providers, settings.agents.by_id, registry)
    return GatewayServices(
        intake=intake,
        sessions=storage.sessions,
        control=storage.control,
        stream=redis_parts.stream,
        agents=tuple(_agent(agent) for agent in settings.agents.by_id.values()),
        models=models.models,
        channels=registry.channels,
        accounts=tuple(_account(accounts, settings, *name) for name in accounts.names()),
        auth=_auth(settings),
        state_dir=settings.home,
        config_path=settings.config_path,
        log_file=settings.logs_dir / "gateway.log",
        version=__version__,
        limits=_limits(settings),
        reset_session=intake.reset_session,
        checks={"database": storage.sessions.check, "redis": lambda: _ping(redis_parts)},
        lanes_summary=storage.sessions.counts,
        media=FileMediaStore(
            settings.media_dir, max_bytes=settings.media.max_bytes, ttl_seconds=settings.media.ttl_seconds
        ),
        queue_mode=settings.messages.queue_for("client").mode.value,
        clock=system_clock,
    )


def _ping(redis_parts: Any) -> None:
    redis_parts.lanes.epoch()


def _agent(agent: Agent) -> AgentFacts:
    return AgentFacts(
        id=agent.id,
        name=agent.name,
        default=agent.default,
        model=str(agent.model),
        workspace=str(agent.workspace),
        fallbacks=tuple(str(ref) for ref in agent.fallbacks),
    )


def _account(accounts: ConfiguredAccounts, settings: Settings, channel: str, account_id: str) -> ConfiguredAccount:
    """An account whose section is wrong is off and said to be; the others work."""
    try:
        opened = accounts.account(channel, account_id)
    except ConfigError as error:
        log.error("channel account %s/%s is off: %s", channel, account_id, error)  # noqa: TRY400
        opened = None
    section = settings.channels[channel][account_id]
    return ConfiguredAccount(
        channel=channel,
        account_id=account_id,
        account=opened,
        mode=str(section.get("mode", "")),
        default=account_id == "default",
    )


def _auth(settings: Settings) -> AuthPolicy:
    auth = settings.gateway.auth
    if auth.mode not in {"token", "password", "none"}:
        raise ConfigError(f"gateway.auth.mode = {auth.mode!r} is not served yet; use token or password")
    return AuthPolicy(
        mode=auth.mode,  # type: ignore[arg-type]  # narrowed by the line above
        token=auth.token,
        password=auth.password,
        allowed_origins=settings.gateway.allowed_origins,
    )


def _limits(settings: Settings) -> Limits:
    gateway = settings.gateway
    return Limits(
        handshake_seconds=gateway.handshake_seconds,
        max_payload=gateway.max_payload_bytes,
        max_buffered=gateway.max_buffered_bytes,
        tick_ms=gateway.tick_ms,
    )
