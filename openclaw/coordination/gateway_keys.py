"""Every Redis key of the gateways: failed logins, presence, nodes.

The hash tag keeps the two keys of one script in one slot. All of them are conveniences: losing them loses no message.

| key | type | TTL | written by | holds |
|---|---|---|---|---|
| ``oc:{auth:<scope>:<address>}:fail`` | zset | the window | any gateway | one member per failed login, by its time |
| ``oc:{auth:<scope>:<address>}:lock`` | string | the lock | any gateway | there while the address is locked out |
"""

from __future__ import annotations


def auth_failures(scope: str, address: str) -> str:
    return f"oc:{{auth:{scope}:{address}}}:fail"


def auth_lock(scope: str, address: str) -> str:
    return f"oc:{{auth:{scope}:{address}}}:lock"
