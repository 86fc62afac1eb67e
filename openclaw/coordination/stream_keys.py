"""Every Redis key and channel of the run streams, the leases and the signals.

| key | type | TTL | written by | holds |
|---|---|---|---|---|
| ``oc:{lane}:run:<run id>`` | stream | 1 h from last event | the lane's holder | one event each, id ``<fence>-<n>`` |
| ``oc:{lane}:ref:<run id>`` | hash | as the stream | as the stream | ``ref``: whose run; ``start``: its first id |
| ``oc:lease:<name>`` | string | the lease | whoever holds it | the owner |

The lane's hash ``oc:{lane}:l:<session id>`` belongs to the lane engine: it must say ``state`` running and the same
``fence`` for an event to be taken. The number ``n`` is counted in its field ``ev``; under one fence the numbers of a
run have no holes. The hash tag keeps all three in one slot, so that one script may touch them.

| channel | message |
|---|---|
| ``oc:ev`` | a batch of events, JSON, see ``streams.py`` |
| ``oc:note`` | ``[topic, data]``, JSON |
| ``oc:ctl`` | ``<session id>:<fence>``: this turn shall stop |
"""

from __future__ import annotations

EVENT_CHANNEL = "oc:ev"
NOTICE_CHANNEL = "oc:note"
CONTROL_CHANNEL = "oc:ctl"


def lane_hash(session_id: int) -> str:
    """The lane engine's hash of a session."""
    return f"oc:{{lane}}:l:{session_id}"


def run_stream(run_id: str) -> str:
    return f"oc:{{lane}}:run:{run_id}"


def run_ref(run_id: str) -> str:
    return f"oc:{{lane}}:ref:{run_id}"


def lease(name: str) -> str:
    return f"oc:lease:{name}"
