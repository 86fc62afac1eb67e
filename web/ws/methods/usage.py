"""``usage.status``, ``usage.cost``, ``sessions.usage``: what was used, by day and by session."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from openclaw.domain.session_key import normalize_agent_id
from openclaw.errors import InvalidRequest
from openclaw.ports.store import SessionUsage, SessionView, UsageSums
from web.usage import DAY_MS, day_number, days_between
from web.validation import Flag, NoParams, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.message import session_key_of

DEFAULT_DAYS, MAX_DAYS = 30, 366
DEFAULT_SESSIONS, MAX_SESSIONS = 50, 1000
_MICRO = 1_000_000
_RANGES = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "all": MAX_DAYS}
_OFFSET = re.compile(r"UTC([+-])(\d{1,2})(?::([0-5]\d))?")
_MAX_OFFSET_MINUTES = 14 * 60


class UsageCostParams(Params):
    startDate = Text()
    endDate = Text()
    days = Whole(minimum=1, maximum=MAX_DAYS)
    mode = Text(one_of=("utc", "gateway", "specific"))
    range = Text(one_of=tuple(_RANGES))
    utcOffset = Text()
    timeZone = Text(min_length=1)
    agentId = Text(min_length=1)
    agentScope = Text(one_of=("all",))


class SessionsUsageParams(Params):
    key = Text(min_length=1)
    agentId = Text(min_length=1)
    agentScope = Text(one_of=("all",))
    startDate = Text()
    endDate = Text()
    mode = Text(one_of=("utc", "gateway", "specific"))
    range = Text(one_of=tuple(_RANGES))
    groupBy = Text(one_of=("instance", "family"))
    includeHistorical = Flag()
    utcOffset = Text()
    timeZone = Text(min_length=1)
    limit = Whole(minimum=1)
    includeContextWeight = Flag()


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in a zone."""

    first: date
    last: date
    offset_minutes: int

    @property
    def from_ms(self) -> int:
        return day_number(self.first) * DAY_MS - self.offset_minutes * 60_000

    @property
    def to_ms(self) -> int:
        return (day_number(self.last) + 1) * DAY_MS - self.offset_minutes * 60_000


def usage_status(call: Call) -> Any:
    """What vendors say of their quotas: none of those that are built in does."""
    return {"updatedAt": call.gateway.clock(), "providers": []}


def usage_cost(call: Call) -> Any:
    if call.params.get("agentId"):
        raise InvalidRequest("agentId is not supported by this gateway; sessions.usage tells the agents apart")
    return _answer(call, _cost)


def _cost(call: Call, period: Period) -> dict[str, Any]:
    sums = {
        day.isoformat(): call.gateway.usage.day(day_number(day), period.offset_minutes)
        for day in days_between(period.first, period.last)
    }
    return {
        "updatedAt": call.gateway.clock(),
        "days": len(sums),
        "daily": [{"date": day, **_sums(used)} for day, used in sums.items()],
        "totals": _sums(sum(sums.values(), UsageSums())),
    }


def sessions_usage(call: Call) -> Any:
    return _answer(call, _by_session)


def _by_session(call: Call, period: Period) -> dict[str, Any]:
    services, params = call.gateway.services, call.params
    only: SessionView | None = None
    if "key" in params:
        only = services.sessions.session(session_key_of(call, params["key"]))
    used: dict[int, list[SessionUsage]] = {}
    if only is not None or "key" not in params:
        for start in range(period.from_ms, min(period.to_ms, call.gateway.clock() + 1), DAY_MS):
            for found in services.usage.by_session(start, start + DAY_MS, only.id if only else None):
                used.setdefault(found.session_id, []).append(found)
            time.sleep(0)
    totals = {id_: sum((part.sums for part in parts), UsageSums()) for id_, parts in used.items()}
    views = {view.id: view for view in services.sessions.by_ids(list(totals))}
    if "agentId" in params:
        agent_id = normalize_agent_id(params["agentId"])
        views = {id_: view for id_, view in views.items() if view.agent_id == agent_id}
    most = sorted(views, key=lambda id_: -(totals[id_].input_tokens + totals[id_].output_tokens))
    limit = min(params.get("limit", DEFAULT_SESSIONS), MAX_SESSIONS)
    shown = [parts for id_ in views for parts in used[id_]]
    return {
        "updatedAt": call.gateway.clock(),
        "startDate": period.first.isoformat(),
        "endDate": period.last.isoformat(),
        "sessions": [_session(views[id_], used[id_], totals[id_]) for id_ in most[:limit]],
        "totals": _sums(sum((totals[id_] for id_ in views), UsageSums())),
        "aggregates": {
            "byModel": _grouped(shown, lambda part: {"provider": part.provider, "model": part.model}),
            "byProvider": _grouped(shown, lambda part: {"provider": part.provider}),
            "byAgent": _grouped(shown, lambda part: {"agentId": views[part.session_id].agent_id}),
            "byChannel": _grouped(shown, lambda part: {"channel": views[part.session_id].channel}),
        },
    }


def _session(view: SessionView, parts: list[SessionUsage], sums: UsageSums) -> dict[str, Any]:
    return {
        "key": view.session_key,
        "label": view.label or None,
        "sessionId": view.session_uuid,
        "updatedAt": view.updated_at_ms,
        "agentId": view.agent_id,
        "channel": view.channel or None,
        "chatType": view.kind,
        "usage": {
            **_sums(sums),
            "modelUsage": _grouped(parts, lambda part: {"provider": part.provider, "model": part.model}),
        },
    }


def _grouped(parts: list[SessionUsage], key: Callable[[SessionUsage], dict[str, str]]) -> list[dict[str, Any]]:
    """Sums by what ``key`` says of each part, the largest first."""
    groups: dict[tuple[tuple[str, str], ...], UsageSums] = {}
    for part in parts:
        name = tuple(key(part).items())
        groups[name] = groups.get(name, UsageSums()) + part.sums
    found = [dict(name) | {"count": sums.runs, "totals": _sums(sums)} for name, sums in groups.items()]
    return sorted(found, key=lambda group: -group["totals"]["totalTokens"])


def _sums(sums: UsageSums) -> dict[str, Any]:
    return {
        "input": sums.input_tokens,
        "output": sums.output_tokens,
        "cacheRead": sums.cache_read_tokens,
        "cacheWrite": sums.cache_write_tokens,
        "totalTokens": sums.input_tokens + sums.output_tokens + sums.cache_read_tokens + sums.cache_write_tokens,
        "totalCost": sums.cost_microusd / _MICRO,
        "missingCostEntries": sums.unpriced,
        "runs": sums.runs,
    }


def _answer(call: Call, work: Callable[[Call, Period], dict[str, Any]]) -> Any:
    period = _period(call)
    return call.answer_from(call.gateway.lookups.put, partial(work, call, period))


def _period(call: Call) -> Period:
    params = call.params
    if "timeZone" in params:
        raise InvalidRequest("timeZone is not supported by this gateway; give utcOffset, such as UTC+2")
    offset = _offset(call)
    now = datetime.fromtimestamp(call.gateway.clock() / 1000, UTC) + timedelta(minutes=offset)
    last = _date(call, "endDate") or now.date()
    days = params.get("days") or _RANGES.get(params.get("range", ""), DEFAULT_DAYS)
    first = _date(call, "startDate") or last - timedelta(days=days - 1)
    if not 0 <= (last - first).days < MAX_DAYS:
        raise InvalidRequest(f"invalid {call.method} params: 1 to {MAX_DAYS} days, the first one first")
    return Period(first, last, offset)


def _offset(call: Call) -> int:
    """Minutes east of UTC."""
    mode, given = call.params.get("mode", "utc"), call.params.get("utcOffset")
    if mode == "gateway":
        return int((datetime.now().astimezone().utcoffset() or timedelta()).total_seconds() // 60)
    if mode == "utc" or given is None:
        return 0
    found = _OFFSET.fullmatch(given)
    minutes = (int(found[2]) * 60 + int(found[3] or 0)) * (-1 if found[1] == "-" else 1) if found else None
    if minutes is None or abs(minutes) > _MAX_OFFSET_MINUTES:
        raise InvalidRequest(f"invalid {call.method} params: at /utcOffset: must be such as UTC+2 or UTC-3:30")
    return minutes


def _date(call: Call, name: str) -> date | None:
    given = call.params.get(name)
    if given is None:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise InvalidRequest(f"invalid {call.method} params: at /{name}: must be a date such as 2026-11-23") from None


METHODS = (
    Method("usage.status", NoParams(), usage_status),
    Method("usage.cost", UsageCostParams(), usage_cost),
    Method("sessions.usage", SessionsUsageParams(), sessions_usage),
)
