"""``diagnostics.lanes``, ``diagnostics.stability``: who is at work, and what went wrong lately."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import resource
from datetime import UTC, datetime
from typing import Any

from web.stability import CAPACITY
from web.validation import NoParams, Params, Text, Whole
from web.ws.dispatch import Call, Method

DEFAULT_EVENTS = 50
MAX_LANES = 200


class StabilityParams(Params):
    limit = Whole(minimum=1, maximum=CAPACITY)
    type = Text(min_length=1)
    sinceSeq = Whole()


def lanes(call: Call) -> Any:
    """Sessions with work, as the database has them; who holds each lane is Redis's and ``openclaw lanes`` tells it."""
    services, now = call.gateway.services, call.gateway.clock()
    busy = services.sessions.busy_sessions(limit=MAX_LANES)
    by_class: dict[str, dict[str, int]] = {}
    for view in busy:
        counts = by_class.setdefault(view.lane_class, {"active": 0, "sessions": 0, "queued": 0})
        counts["active"] += bool(view.active_run_id)
        counts["sessions"] += 1
        counts["queued"] += view.pending
    return {
        "ts": now,
        "classes": by_class,
        "lanes": [
            {
                "lane": f"session:{view.session_key}",
                "sessionKey": view.session_key,
                "agentId": view.agent_id,
                "class": view.lane_class,
                "state": "running" if view.active_run_id else "waiting",
                "runId": view.active_run_id or None,
                "queued": view.pending,
                "idleMs": max(0, now - view.updated_at_ms),
            }
            for view in busy
        ],
        "truncated": len(busy) == MAX_LANES,
    }


def stability(call: Call) -> Any:
    params = call.params
    found = call.gateway.stability.snapshot(
        params.get("limit", DEFAULT_EVENTS), params.get("sinceSeq", 0), params.get("type", "")
    )
    generated = datetime.fromtimestamp(call.gateway.clock() / 1000, UTC).isoformat(timespec="milliseconds")
    # Linux counts in kilobytes.
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found["summary"]["memory"] = {"maxRssBytes": rss}
    return {"generatedAt": generated.replace("+00:00", "Z"), **found}


METHODS = (
    Method("diagnostics.lanes", NoParams(), lanes),
    Method("diagnostics.stability", StabilityParams(), stability),
)
