"""The lane engine over Redis: every transition is one Lua script, atomic, on the server's clock.

Owns the calls and the reading of replies; the rules are in ``lua/lane_*.lua``, their reference model is
``openclaw.domain.lane``, the keys are described in ``keys.py``. Thread-safe as far as the client is.

Repeating a call is harmless: a second ``begin`` is refused, a second ``done`` has no effect, and grants whose reply
was lost run out after the grant time and are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import redis

from openclaw.coordination.client import translate
from openclaw.coordination.keys import LANE_EPOCH, LANE_PREFIX
from openclaw.coordination.scripts import LuaScript
from openclaw.coordination.stream_keys import CONTROL_CHANNEL
from openclaw.domain.lane_entry import DUE_PER_TICK, MAX_BACKOFF_MS, MAX_EPOCH, TICK_FLOOR_MS, TICK_MS
from openclaw.errors import LanesRolledBack
from openclaw.ports.lanes import (
    ClassLimit,
    Grant,
    Hold,
    HoldState,
    LaneAlert,
    LaneState,
    LaneView,
    LaneWork,
    Outlook,
    TickReport,
)

_SUBMIT = LuaScript("lane_common", "lane_fill", "lane_submit")
_BEGIN = LuaScript("lane_common", "lane_begin")
_RENEW = LuaScript("lane_common", "lane_renew")
_FINISH = LuaScript("lane_common", "lane_fill", "lane_finish")
_CANCEL = LuaScript("lane_common", "lane_cancel")
_TICK = LuaScript("lane_common", "lane_fill", "lane_tick")
_LIMITS = LuaScript("lane_common", "lane_fill", "lane_limits")
_REBUILD = LuaScript("lane_rebuild")
_VIEW = LuaScript("lane_view")

#: What a script replies when the table's epoch is missing.
_TABLE_GONE = -1
_HOLD_STATES = (HoldState.LOST, HoldState.HELD, HoldState.CANCELLED)


class RedisLanes:
    """Lanes for a whole cluster. Needs Redis or Valkey 6.2 or newer.

    Times are milliseconds: ``lease_ms`` between renewals, ``grant_ms`` from a grant to its begin, ``ageing_ms`` after
    which background work goes before younger interactive work. ``now_ms`` replaces the server's clock, for dry runs
    and exact tests only: the clocks of several clients would disagree.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        lease_ms: int = 15_000,
        grant_ms: int = 5_000,
        ageing_ms: int = 30_000,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._client = client
        self._times = (lease_ms, grant_ms, ageing_ms)
        self._lease_ms = lease_ms
        self._now_ms = now_ms

    def submit(self, work: Sequence[LaneWork]) -> list[Grant]:
        if not work:
            return []
        items: Iterable[tuple[str | int, ...]] = (
            (w.session_id, w.ordinal, w.lane_class, w.queue, _flag(w.background), w.not_before_ms, _flag(w.wake))
            for w in work
        )
        return _grants(self._call(_SUBMIT, *chain.from_iterable(items)))

    def begin(self, session_id: int, fence: int, owner: str) -> bool:
        return bool(self._call(_BEGIN, session_id, fence, owner))

    def renew(self, holds: Sequence[Hold]) -> list[HoldState]:
        if not holds:
            return []
        pairs = ((hold.session_id, hold.fence) for hold in holds)
        return [_HOLD_STATES[answer] for answer in self._call(_RENEW, *chain.from_iterable(pairs))]

    def done(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        return self._finish("done", session_id, fence, outlook)

    def suspend(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        return self._finish("suspend", session_id, fence, outlook)

    def resume(self, session_id: int, ordinal: int, lane_class: str, queue: str) -> list[Grant]:
        return _grants(self._call(_SUBMIT, session_id, ordinal, lane_class, queue, "", 0, 1))

    def cancel(self, session_id: int) -> None:
        self._call(_CANCEL, session_id, CONTROL_CHANNEL)

    def tick(self) -> TickReport:
        grants, expired, alerts, next_in_ms = self._call(_TICK, DUE_PER_TICK, MAX_BACKOFF_MS, TICK_MS, TICK_FLOOR_MS)
        return TickReport(
            grants=tuple(_grants(grants)),
            expired=tuple(Hold(int(session), int(fence)) for session, fence in _rows(expired, 2)),
            alerts=tuple(
                LaneAlert(int(session), _text(queue), int(misses)) for session, queue, misses in _rows(alerts, 3)
            ),
            next_in_ms=next_in_ms,
        )

    def set_limits(self, limits: dict[str, ClassLimit]) -> list[Grant]:
        if not limits:
            return []
        items: Iterable[tuple[str | int, ...]] = (
            (name, limit.concurrency, limit.reserved_interactive) for name, limit in limits.items()
        )
        return _grants(self._call(_LIMITS, *chain.from_iterable(items)))

    @translate()
    def view(self, session_ids: Sequence[int]) -> list[LaneView]:
        reply = _VIEW(self._client, [LANE_EPOCH], session_ids) if session_ids else []
        return [
            LaneView(
                session_id=session_id,
                state=LaneState(_text(state) or LaneState.IDLE),
                fence=int(fence),
                owner=_text(owner),
                lease_until_ms=int(float(until_ms)),
                submitted_ordinal=int(mark),
                misses=int(misses),
            )
            for session_id, (state, fence, owner, until_ms, mark, misses) in zip(
                session_ids, _rows(reply, 6), strict=True
            )
        ]

    @translate()
    def known(self, session_ids: Sequence[int]) -> list[bool]:
        with self._client.pipeline(transaction=False) as pipe:
            for session_id in session_ids:
                pipe.exists(f"{LANE_PREFIX}l:{session_id}")
            return [bool(found) for found in pipe.execute()]

    @translate()
    def rebuild(self, epoch: int, *, hold: bool = True) -> None:
        """Start a new table. No effect when this epoch or a higher one is there already.

        Raises ValueError for an epoch whose fences would not be exact in Lua.
        """
        if not 0 < epoch <= MAX_EPOCH:
            raise ValueError(f"epoch {epoch} is not between 1 and {MAX_EPOCH}")
        _REBUILD(self._client, [LANE_EPOCH], [self._now(), epoch, self._lease_ms if hold else 0])

    @translate()
    def epoch(self) -> int | None:
        stored: Any = self._client.get(LANE_EPOCH)
        return None if stored is None else int(stored)

    def _finish(self, how: str, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        more, background = _flag(outlook.more), _flag(outlook.background)
        return _grants(
            self._call(_FINISH, session_id, fence, how, outlook.seen_ordinal, more, outlook.not_before_ms, background)
        )

    @translate()
    def _call(self, script: LuaScript, *args: str | int) -> Any:
        reply = script(self._client, [LANE_EPOCH], [self._now(), *self._times, *args])
        if reply == _TABLE_GONE:
            raise LanesRolledBack("Redis has no lane table: it was emptied, or is new")
        return reply

    def _now(self) -> str | int:
        return "" if self._now_ms is None else self._now_ms()


def _flag(value: bool) -> int:
    return 1 if value else 0


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _rows(flat: Sequence[Any], width: int) -> list[Sequence[Any]]:
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _grants(flat: Sequence[Any]) -> list[Grant]:
    return [Grant(int(session), int(fence), _text(queue)) for session, fence, queue in _rows(flat, 3)]
