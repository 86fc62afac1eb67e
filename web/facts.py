"""What the gateway goes by, made anew from each configuration and exchanged as a whole."""

from __future__ import annotations

import logging
from typing import cast

from openclaw.composition.channels import AccountPool, ConfiguredAccounts
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.models import configured_models
from openclaw.composition.tool_policy import surface_rules, tool_book
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.auth_limiter import LimiterRule
from openclaw.settings.schema import Agent, Settings
from web.auth.peer import networks
from web.http.hooks.configured import hook_policy
from web.services import AgentFacts, AuthMode, AuthPolicy, ConfiguredAccount, GatewayFacts, Limits

log = logging.getLogger(__name__)

#: An account that is no longer configured may still be reading a call.
ACCOUNT_GRACE_SECONDS = 60.0


class LiveFacts:
    """Follows the configuration. Thread-safe."""

    def __init__(self, live: LiveSettings, registry: Registry) -> None:
        self._registry = registry
        self._pool: AccountPool = AccountPool(ACCOUNT_GRACE_SECONDS)
        self._facts = self._build(live.settings)
        live.on_change(lambda _before, after, _changes: self._follow(after))

    def current(self) -> GatewayFacts:
        return self._facts

    def _follow(self, settings: Settings) -> None:
        self._facts = self._build(settings)

    def _build(self, settings: Settings) -> GatewayFacts:
        accounts = ConfiguredAccounts(settings, self._registry, self._pool)
        built = GatewayFacts(
            agents=tuple(_agent(agent) for agent in settings.agents.by_id.values()),
            models=tuple(configured_models(settings.models.providers)),
            accounts=tuple(_account(accounts, settings, *name) for name in accounts.names()),
            auth=_auth(settings),
            limits=_limits(settings),
            hooks=hook_policy(settings.hooks),
            tool_rules=surface_rules(settings.gateway),
            tool_book=tool_book(settings),
            queue_mode=settings.messages.queue_for("client").mode.value,
            public_url=_web_socket_url(settings.gateway.public_url),
            http=settings.gateway.http,
            vendors=tuple(settings.models.providers),
            approvers=settings.approvals.approvers,
            aliases=settings.models.aliases,
        )
        self._pool.retain(accounts.keys())
        return built


def _web_socket_url(url: str) -> str:
    return "ws" + url.removeprefix("http") if url else ""


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
    opened, problem = None, ""
    try:
        opened = accounts.account(channel, account_id)
    except ConfigError as error:
        problem = str(error)
        log.error("channel account %s/%s is off: %s", channel, account_id, error)  # noqa: TRY400
    section = settings.channels[channel][account_id]
    return ConfiguredAccount(
        channel=channel,
        account_id=account_id,
        account=opened,
        mode=str(section.get("mode", "")),
        default=account_id == "default",
        problem=problem,
    )


def _auth(settings: Settings) -> AuthPolicy:
    auth = settings.gateway.auth
    limit = auth.rate_limit
    return AuthPolicy(
        mode=cast("AuthMode", auth.mode),
        token=auth.token,
        password=auth.password,
        allowed_origins=settings.gateway.allowed_origins,
        trusted_proxies=networks(auth.trusted_proxies),
        user_header=auth.user_header,
        required_headers=auth.required_headers,
        allow_users=auth.allow_users,
        allow_real_ip=auth.allow_real_ip,
        allow_tailscale=auth.allow_tailscale,
        limiter=LimiterRule(limit.max_failures, limit.window_seconds, limit.lock_seconds),
        exempt_loopback=limit.exempt_loopback,
    )


def _limits(settings: Settings) -> Limits:
    gateway = settings.gateway
    return Limits(
        handshake_seconds=gateway.handshake_seconds,
        max_payload=gateway.max_payload_bytes,
        max_buffered=gateway.max_buffered_bytes,
        tick_ms=gateway.tick_ms,
    )
