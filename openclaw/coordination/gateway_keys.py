"""Every Redis key of the gateways: failed logins, presence.

The hash tag keeps the keys of one script in one slot. All of them are conveniences: losing them loses no message.

| key | type | TTL | written by | holds |
|---|---|---|---|---|
| ``oc:{auth:<scope>:<address>}:fail`` | zset | the window | any gateway | one member per failed login, by its time |
| ``oc:{auth:<scope>:<address>}:lock`` | string | the lock | any gateway | there while the address is locked out |
| ``oc:{presence}:entries`` | hash | 10 min from last change | any gateway | client → connection, line feed, JSON |
| ``oc:{presence}:seen`` | zset | as the entries | any gateway | client → when it was last renewed (ms) |
| ``oc:{presence}:version`` | string | as the entries | any gateway | server time (ms) of the last change; only rises |
| ``oc:{nodes}:…`` | as presence | as presence | any gateway | the same for nodes: node → the connection it hangs on |
"""

from __future__ import annotations

PRESENCE = "oc:{presence}:entries"
PRESENCE_SEEN = "oc:{presence}:seen"
PRESENCE_VERSION = "oc:{presence}:version"
PRESENCE_BOARD = (PRESENCE, PRESENCE_SEEN, PRESENCE_VERSION)
NODE_BOARD = ("oc:{nodes}:entries", "oc:{nodes}:seen", "oc:{nodes}:version")


def auth_failures(scope: str, address: str) -> str:
    return f"oc:{{auth:{scope}:{address}}}:fail"


def auth_lock(scope: str, address: str) -> str:
    return f"oc:{{auth:{scope}:{address}}}:lock"
