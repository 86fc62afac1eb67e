"""What a connector process is made of."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from openclaw.composition.channels import AccountPool, ConfiguredAccounts
from openclaw.composition.config_follower import ConfigFollower
from openclaw.composition.crash import arm_crash_points
from openclaw.composition.delivery import build_deliverer
from openclaw.composition.intake import build_intake, build_keeper, follow_settings
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts, open_redis
from openclaw.composition.storage import Storage, open_storage
from openclaw.connector.held_account import HoldingParts
from openclaw.connector.inbox import InboxParts
from openclaw.connector.supervisor import Configured, Connector, ConnectorParts
from openclaw.coordination.account_keys import lease_name
from openclaw.coordination.accounts import RedisAccountBoard, listen_errands
from openclaw.coordination.send_limiter import RedisSendLimiter
from openclaw.errors import ConfigError
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.accounts import AccountName
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities
from openclaw.ports.channel_connection import keeps_connection
from openclaw.ports.clock import system_clock
from openclaw.reply.late_rings import LateRings, deliver_and_ring
from openclaw.reply.reacting import react

log = logging.getLogger(__name__)

#: An account that is no longer configured may still be sending.
ACCOUNT_GRACE_SECONDS = 150.0
REDIS_CONNECTIONS = 16
SQL_CONNECTIONS = 16


class LiveAccounts:
    """The accounts of the configuration as it is now. Thread-safe."""

    def __init__(self, live: LiveSettings, registry: Registry) -> None:
        self._registry = registry
        self._pool: AccountPool = AccountPool(ACCOUNT_GRACE_SECONDS)
        self._accounts = ConfiguredAccounts(live.settings, registry, self._pool)
        self._said: set[str] = set()
        live.on_change(lambda _before, after, _changes: self._follow(ConfiguredAccounts(after, registry, self._pool)))

    def account(self, channel: str, account_id: str) -> ChannelAccount | None:
        """Raises ConfigError when its section is wrong."""
        return self._accounts.account(channel, account_id)

    def capabilities(self, channel: str) -> ChannelCapabilities:
        return self._accounts.capabilities(channel)

    def configured(self) -> Iterator[Configured]:
        """Those whose section is right."""
        accounts = self._accounts
        for channel, account_id in accounts.names():
            try:
                account = accounts.account(channel, account_id)
            except ConfigError as error:
                if str(error) not in self._said:
                    self._said.add(str(error))
                    log.error("channel account %s/%s is off: %s", channel, account_id, error)  # noqa: TRY400
                continue
            if account is not None:
                yield Configured((channel, account_id), accounts.version(channel, account_id), account)

    def _follow(self, accounts: ConfiguredAccounts) -> None:
        self._accounts = accounts
        self._pool.retain(accounts.keys())


@dataclass(frozen=True, slots=True)
class ConnectorServices:
    """One process's worth."""

    connector: Connector
    redis: RedisParts
    storage: Storage
    follower: ConfigFollower
    accounts: LiveAccounts

    def run_errands(self, stopped: threading.Event) -> None:
        """Hear errands on a thread of its own until ``stopped``."""
        threading.Thread(target=self._listen, args=(stopped,), name="connector-errands", daemon=True).start()

    def _listen(self, stopped: threading.Event) -> None:
        for errand in listen_errands(self.redis.open_blocking, stopped.is_set):
            self.connector.hear(errand)

    def connections(self) -> list[AccountName]:
        """The configured accounts that keep a connection."""
        return [each.name for each in self.accounts.configured() if keeps_connection(each.account)]


def build_connector(live: LiveSettings, registry: Registry | None = None) -> ConnectorServices:
    """Build everything lazily connected. ``registry`` is for embedders that bring channels of their own."""
    settings = live.settings
    arm_crash_points(settings)
    storage = open_storage(settings, pool_size=SQL_CONNECTIONS)
    redis_parts = open_redis(settings, max_connections=REDIS_CONNECTIONS)
    registry = registry or Registry()
    register_builtin(registry)
    keeper = build_keeper(settings, storage, redis_parts)
    intake = build_intake(settings, storage, redis_parts, keeper)
    follow_settings(live, keeper, intake)
    accounts = LiveAccounts(live, registry)
    limiter = RedisSendLimiter(redis_parts.client)

    deliverer = build_deliverer(live, storage, accounts.account, accounts.capabilities, limiter)
    late_rings = LateRings(keeper.ring_replies, system_clock)
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lease_seconds = settings.connector.lease_seconds
    connector = Connector(
        ConnectorParts(
            configured=accounts.configured,
            store=storage.accounts,
            lease=lambda name: redis_parts.lease(lease_name(name), owner, round(lease_seconds * 1000)),
            deliver=partial(deliver_and_ring, deliverer, late_rings),
            react=lambda account, reaction: react(account, reaction, accounts.capabilities(reaction.channel), limiter),
            holding=HoldingParts(
                inbox=InboxParts(
                    intake.submit_envelope, intake.admits, storage.media_files.keep, storage.accounts, system_clock
                ),
                board=RedisAccountBoard(redis_parts.client),
                clock=system_clock,
                owner=owner,
                lease_seconds=lease_seconds,
            ),
            give_up_process=partial(_exit, os.EX_SOFTWARE),
            delivery_threads=settings.connector.delivery_threads,
        )
    )
    live.on_change(lambda _before, _after, _changes: connector.look())
    return ConnectorServices(connector, redis_parts, storage, ConfigFollower(live, storage.config), accounts)


def _exit(code: int, _name: AccountName) -> None:
    """Without any clean-up: what hangs would hang that too."""
    os._exit(code)
