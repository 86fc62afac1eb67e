"""Every Redis key and channel of the channel accounts. Losing them loses no message.

| key | type | TTL | written by | holds |
|---|---|---|---|---|
| ``oc:account:<channel>:<account>`` | string | 1 h from last change | whoever holds the account | its status, JSON |
| ``oc:lease:account:<channel>:<account>`` | string | the lease | whoever holds the account | the owner |

| channel | message |
|---|---|
| ``oc:errand`` | an errand for whoever holds an account, JSON |
"""

from __future__ import annotations

from openclaw.ports.accounts import AccountName

ERRAND_CHANNEL = "oc:errand"
STATUS_TTL_MS = 3_600_000


def status(name: AccountName) -> str:
    return "oc:account:" + ":".join(name)


def lease_name(name: AccountName) -> str:
    """The lease of an account, by which one connector holds it."""
    return "account:" + ":".join(name)
