"""Every Redis key of the senders. Losing them loses no message: an account may then send faster for a moment.

The hash tag keeps the keys of one account in one slot, so that one script may touch them all.

| key after ``oc:{send:<channel>:<account>}:`` | type | TTL | written by | holds |
|---|---|---|---|---|
| ``hold`` | string | the platform's wish | any worker | there while nothing may leave |
| ``queue`` | string | until that moment | any worker | the last moment (ms) that a sender was told to come back at |
| ``<sends>/<window>:<target>`` | list | the window | any worker | moments (ms) of the newest sends; no target: all |
"""

from __future__ import annotations

from openclaw.ports.send_limiter import Allowance


def hold(account: str) -> str:
    return f"oc:{{send:{account}}}:hold"


def queue(account: str) -> str:
    return f"oc:{{send:{account}}}:queue"


def moments(account: str, allowance: Allowance) -> str:
    return f"oc:{{send:{account}}}:{allowance.sends}/{allowance.window_ms}:{allowance.whose}"
