"""Named leases on the server's clock: who leads beat, who runs an account.

A holder that cannot renew must stop by its own clock before the lease ends. A lease has no fencing token: what it
guards must bear two holders for a moment.
"""

from __future__ import annotations

import redis

from openclaw.coordination import stream_keys
from openclaw.coordination.client import translate
from openclaw.coordination.lua_source import lua_source


class Lease:
    """One owner's view of a lease. ``owner`` must be unique to this holder, such as host, pid and a nonce."""

    def __init__(self, client: redis.Redis, name: str, owner: str, ttl_ms: int) -> None:
        self._client = client
        self._key = stream_keys.lease(name)
        self._owner = owner
        self._ttl_ms = ttl_ms
        self._acquire = client.register_script(lua_source("lease_acquire"))
        self._renew = client.register_script(lua_source("lease_renew"))
        self._release = client.register_script(lua_source("lease_release"))

    @translate()
    def acquire(self) -> bool:
        """Take the lease if it is free or ours; true when held, for ``ttl_ms`` from now."""
        return bool(self._acquire(keys=(self._key,), args=(self._owner, self._ttl_ms)))

    @translate()
    def renew(self) -> bool:
        """Extend the lease; false when it ran out or someone else has it."""
        return bool(self._renew(keys=(self._key,), args=(self._owner, self._ttl_ms)))

    @translate()
    def release(self) -> bool:
        """Give the lease back; false when it was not ours any more."""
        return bool(self._release(keys=(self._key,), args=(self._owner,)))

    @translate()
    def holder(self) -> str | None:
        """Who has the lease now, for people to read."""
        owner = self._client.get(self._key)
        return owner.decode() if isinstance(owner, bytes) else owner
