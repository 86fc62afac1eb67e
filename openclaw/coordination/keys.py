"""Every Redis key of the lane engine. The run streams, leases and signals are in ``stream_keys.py``.

All keys carry the hash tag ``{lane}``: one slot, so that one script may touch them all. They are written by the Lua
scripts ``lua/lane_*.lua`` only, called by ``RedisLanes``, and have no TTL: a lane that is idle is deleted.

| key after ``oc:{lane}:`` | type | holds |
|---|---|---|
| ``epoch`` | string | the table's epoch as SQL gave it; its absence means that Redis was emptied |
| ``fence`` | string | the last fence given out, ``epoch * 2^32 + n`` |
| ``hold_until`` | string | ms; before it nothing is granted, because holders of the old table may still run |
| ``stamp`` | string | the last place given out in the ready order: microseconds, strictly rising |
| ``limits`` | hash | class → ``concurrency,reserved``; also the list of all classes |
| ``l:<session id>`` | hash | one lane, see below |
| ``slots:<class>`` | zset | session → end of its lease (ms); lanes that are granted or running |
| ``bg:<class>`` | set | those slot holders that do background work |
| ``ready:<class>:i`` | zset | session → place; interactive lanes that are ready |
| ``ready:<class>:b`` | zset | session → place; background lanes that are ready |
| ``due`` | zset | session → ms; lanes that are waiting, of every class |
| ``parked`` | set | lanes that are parked, of every class |

Fields of a lane: ``state`` (waiting, ready, granted, running, parked), ``fence`` of its last grant, ``cls``, ``q`` the
Celery queue, ``bg`` (1: all its pending work is background), ``mark`` the highest ordinal submitted, ``owner``,
``stamp`` its place when it last became ready, ``misses`` grants in a row that nobody began, ``cancel`` (1: asked to
stop), ``wake`` (1: must not park), ``nb`` and ``nbg`` the earliest time and the colour of what was submitted since the
turn began, and ``ev``, the number of the turn's last stream event, which belongs to the stream's script.

Invariants: a lane stands in exactly one of ``slots``, ``ready``, ``due`` and ``parked``, the one its state says;
``bg`` is a subset of ``slots``; ``slots`` is never larger than the limit unless that was just lowered; ``fence`` and
``stamp`` only rise; every fence was given out once.
"""

from __future__ import annotations

#: What all lane keys begin with.
LANE_PREFIX = "oc:{lane}:"

#: The key every lane script is called with; the others are derived from it.
LANE_EPOCH = f"{LANE_PREFIX}epoch"
