"""Reads the lane engine's keys as they lie in Redis and checks what must always hold of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import redis

from openclaw.coordination.keys import LANE_PREFIX

#: Every key the engine may make, and its type; as ``openclaw/coordination/keys.py`` documents them.
DOCUMENTED = {
    r"(epoch|fence|hold_until|stamp)": "string",
    r"limits": "hash",
    r"l:\d+": "hash",
    r"slots:\w+": "zset",
    r"bg:\w+": "set",
    r"ready:\w+:[ib]": "zset",
    r"due": "zset",
    r"parked": "set",
}

#: Name, type, time to live and content of every key of the pattern, in one round trip.
_DUMP = """
local rows, read = {}, {hash = {'HGETALL'}, set = {'SMEMBERS'}, zset = {'ZRANGE', 0, -1}, string = {'GETRANGE', 0, -1}}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local kind = redis.call('TYPE', key).ok
  local command, first, last = unpack(read[kind])
  local value = first and redis.call(command, key, first, last) or redis.call(command, key)
  rows[#rows + 1] = {key, kind, redis.call('TTL', key), value}
end
return rows
"""


@dataclass
class Table:
    """All lanes and indexes, read once."""

    lanes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Index name → its members.
    indexes: dict[str, set[str]] = field(default_factory=dict)
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)

    def held(self, lane_class: str) -> int:
        return len(self.indexes.get(f"slots:{lane_class}", ()))

    def held_by_background(self, lane_class: str) -> int:
        return len(self.indexes.get(f"bg:{lane_class}", ()))


def read_table(client: redis.Redis) -> Table:
    """Read every lane key; fails for one that is not documented, or that would expire."""
    table = Table()
    for name, kind, ttl, value in _dump(client):
        assert [kind] == [expected for pattern, expected in DOCUMENTED.items() if re.fullmatch(pattern, name)], name
        assert ttl == -1, f"{name} would expire"
        if name.startswith("l:"):
            table.lanes[name[2:]] = _pairs(value)
        elif kind in ("zset", "set"):
            table.indexes[name] = {member.decode() for member in value}
        elif name == "limits":
            for lane_class, limit in _pairs(value).items():
                concurrency, reserved = limit.split(",")
                table.limits[lane_class] = (int(concurrency), int(reserved))
    return table


def _dump(client: redis.Redis) -> list[tuple[str, str, int, list[bytes]]]:
    rows = client.eval(_DUMP, 0, f"{LANE_PREFIX}*")
    return [(name.decode().removeprefix(LANE_PREFIX), kind.decode(), ttl, value) for name, kind, ttl, value in rows]


def check_indexes(table: Table) -> None:
    """A lane stands in the index of its state and in no other; no index has a stranger."""
    for session, lane in table.lanes.items():
        expected = {_index_of(lane)}
        if lane["state"] in ("granted", "running") and lane["bg"] == "1":
            expected.add(f"bg:{lane['cls']}")
        found = {name for name, members in table.indexes.items() if session in members}
        assert found == expected, (session, lane)
    strangers = {member for members in table.indexes.values() for member in members} - table.lanes.keys()
    assert not strangers


def check_slots(table: Table, before: Table) -> None:
    """Slots held never exceed a limit, unless it was lowered: then they may only become fewer."""
    for lane_class, (concurrency, reserved) in table.limits.items():
        assert table.held(lane_class) <= max(concurrency, before.held(lane_class))
        share = max(concurrency - reserved, before.held_by_background(lane_class))
        assert table.held_by_background(lane_class) <= share


def _index_of(lane: dict[str, str]) -> str:
    match lane["state"]:
        case "waiting":
            return "due"
        case "parked":
            return "parked"
        case "ready":
            return f"ready:{lane['cls']}:{'b' if lane['bg'] == '1' else 'i'}"
        case "granted" | "running":
            return f"slots:{lane['cls']}"
        case other:
            raise AssertionError(f"no such state: {other!r}")


def _pairs(flat: list[bytes]) -> dict[str, str]:
    return {flat[at].decode(): flat[at + 1].decode() for at in range(0, len(flat), 2)}
