"""How accounts stand, and errands for whoever holds them, in Redis."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis

from openclaw.coordination import subscription
from openclaw.coordination.account_keys import ERRAND_CHANNEL, STATUS_TTL_MS, status
from openclaw.coordination.client import translate
from openclaw.ports.accounts import AccountName, AccountStatus, Errand

log = logging.getLogger(__name__)


class RedisAccountBoard:
    """Implements ``AccountBoard``."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @translate()
    def show(self, name: AccountName, status_now: AccountStatus) -> None:
        """Write how an account stands."""
        self._client.set(status(name), json.dumps(dataclasses.asdict(status_now)), px=STATUS_TTL_MS)

    @translate()
    def look(self, names: Sequence[AccountName]) -> dict[AccountName, AccountStatus]:
        """Those of which something is known, in one round trip."""
        if not names:
            return {}
        found: Any = self._client.mget([status(name) for name in names])
        known = {name: _status(text) for name, text in zip(names, found, strict=True) if text}
        return {name: each for name, each in known.items() if each is not None}


class RedisErrandBell:
    """Implements ``ErrandBell``."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @translate()
    def ring(self, errand: Errand) -> None:
        """Tell every connector."""
        self._client.publish(ERRAND_CHANNEL, json.dumps(dataclasses.asdict(errand)))


def listen_errands(client_factory: Callable[[], redis.Redis], stopped: Callable[[], bool]) -> Iterator[Errand]:
    """Yield errands until ``stopped``; after a reconnect, one ``look`` for all that may have been missed."""
    for item in subscription.listen(client_factory, (ERRAND_CHANNEL,), stopped):
        if isinstance(item, subscription.Subscribed):
            yield Errand("look")
        elif isinstance(item, subscription.Message):
            errand = _errand(item.payload)
            if errand is not None:
                yield errand


def _errand(payload: bytes) -> Errand | None:
    try:
        data = json.loads(payload)
        return Errand(**data | {"name": (str(data["name"][0]), str(data["name"][1]))})
    except (ValueError, TypeError, KeyError, IndexError):
        log.warning("unreadable message on %s", ERRAND_CHANNEL)
        return None


def _status(text: bytes) -> AccountStatus | None:
    """``None`` for what a process of another version wrote."""
    try:
        return AccountStatus(**json.loads(text))
    except (ValueError, TypeError):
        return None
