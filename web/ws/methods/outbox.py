"""``outbox.list``, ``outbox.get``, ``outbox.retry``, ``outbox.drop``: replies on their way, and those that never left.

Methods of our own: OpenClaw has none for its queue.
"""

from __future__ import annotations

from typing import Any

from openclaw.errors import InvalidRequest
from openclaw.ports.store.outbox_desk import OUTBOX_STATES, OutboxView
from web.validation import Anything, Params, Text, Whole
from web.ws.dispatch import Call, Method

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
#: What an operator may have to decide about.
_OPEN = ("making", "pending", "sending", "failed", "unknown")
_LARGEST = 2**62


class OutboxListParams(Params):
    state = Anything()
    channel = Text(min_length=1, max_length=64)
    limit = Whole(minimum=1, maximum=MAX_LIMIT)
    before = Whole(minimum=1, maximum=_LARGEST)


class OutboxRowParams(Params):
    id = Whole(required=True, minimum=1, maximum=_LARGEST)


def outbox_list(call: Call) -> Any:
    params = call.params
    limit = params.get("limit", DEFAULT_LIMIT)
    found = call.gateway.services.outbox.rows(
        _states(params.get("state")), params.get("channel", ""), params.get("before"), limit
    )
    answer: dict[str, Any] = {"rows": [_row(view) for view in found]}
    return answer | {"before": found[-1].id} if len(found) == limit else answer


def _states(asked: Any) -> tuple[str, ...]:
    values = tuple(asked) if isinstance(asked, list) else _OPEN if asked is None else (asked,)
    if any(value not in OUTBOX_STATES for value in values):
        raise InvalidRequest(f"invalid outbox.list params: at /state: must be of {', '.join(OUTBOX_STATES)}")
    return values


def outbox_get(call: Call) -> Any:
    return {"row": _row(call.gateway.services.outbox.row(call.params["id"]))}


def outbox_retry(call: Call) -> Any:
    return {"row": _row(call.gateway.services.outbox.retry(call.params["id"]))}


def outbox_drop(call: Call) -> Any:
    return {"row": _row(call.gateway.services.outbox.drop(call.params["id"]))}


def _row(view: OutboxView) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": view.id,
        "state": view.state,
        "channel": view.route.channel,
        "accountId": view.route.account,
        "to": view.route.target,
        "text": view.text,
        "attempts": view.attempts,
        "createdAt": view.created_at_ms,
        "dueAt": view.due_at_ms,
    }
    facts = {
        "threadId": view.route.thread_id,
        "runId": view.run_id,
        "messageId": view.provider_message_id,
        "error": view.error,
        "endedAt": view.ended_at_ms,
    }
    return row | {name: value for name, value in facts.items() if value}


METHODS = (
    Method("outbox.list", OutboxListParams(), outbox_list),
    Method("outbox.get", OutboxRowParams(), outbox_get),
    Method("outbox.retry", OutboxRowParams(), outbox_retry),
    Method("outbox.drop", OutboxRowParams(), outbox_drop),
)
