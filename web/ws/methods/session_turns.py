"""``sessions.send``, ``sessions.abort`` and ``sessions.compact``: a message into a session that exists, ending what
runs there, and having its older part summarized.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from openclaw.agent.asked_compaction import NOTHING_TO_DO
from openclaw.domain.run import RunStatus
from openclaw.errors import InvalidRequest
from web.validation import Flag, Listing, Params, Text, Whole
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.chat import send_message
from web.ws.methods.message import abort, checked_text, compact, session_key_of
from web.ws.methods.run_answer import RunAnswer
from web.ws.run_end import RunEnd
from web.ws.terminal import error_text

#: How long the caller of a compaction is kept waiting for it; a summary has two minutes of its own.
COMPACT_SECONDS = 180.0


class SessionsSendParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    message = Text(required=True)
    thinking = Text()
    attachments = Listing()
    timeoutMs = Whole()
    idempotencyKey = Text(min_length=1, max_length=512)


class SessionsCompactParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    maxLines = Whole(minimum=1)


class SessionsAbortParams(Params):
    key = Text(min_length=1)
    runId = Text(min_length=1)
    agentId = Text(min_length=1)
    clearQueued = Flag()


def sessions_send(call: Call) -> Any:
    params = call.params
    text = checked_text(params["message"])
    key = session_key_of(call, params["key"])
    if call.gateway.services.sessions.session(key) is None:
        raise InvalidRequest(f"session not found: {key}")
    # Text is text here, commands included: the caller may be a program that passes on what somebody wrote.
    return send_message(call, key, text, params.get("idempotencyKey") or str(uuid.uuid4()))


def sessions_abort(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    run_id = params.get("runId")
    if "key" in params:
        key = session_key_of(call, params["key"])
    elif run_id:
        view = services.control.run_view(run_id)
        if view is None:
            return _nothing()
        key = view.session_key
    else:
        raise InvalidRequest("invalid sessions.abort params: must have required property 'key' or 'runId'")
    if run_id is None and not params.get("clearQueued"):
        session = services.sessions.session(key)
        if session is None or not session.active_run_id:
            return _nothing()
        run_id = session.active_run_id
    abort(call, key, run_id)
    return LATER


def sessions_compact(call: Call) -> Any:
    params = call.params
    if params.get("maxLines"):
        raise InvalidRequest("maxLines is not supported: conversations are summarized here, not cut by lines")
    key = session_key_of(call, params["key"])
    before = call.gateway.services.sessions.session(key)
    if before is None:
        raise InvalidRequest(f"session not found: {key}")
    accepted = compact(call, key, "", str(uuid.uuid4()))
    RunAnswer(call, accepted.run_id, partial(_compacted, key), COMPACT_SECONDS).wait(ask_database=True)
    return LATER


def _compacted(key: str, call: Call, run_id: str, end: RunEnd | None) -> None:
    """What came of it. A compaction that waits behind a long turn goes on after this answer."""
    done = end is not None and end.status is RunStatus.SUCCEEDED and end.text != NOTHING_TO_DO
    reason = "" if done else end.text or error_text(end) if end is not None else "it waits for the turn before it"
    answer = {"ok": end is None or end.status is RunStatus.SUCCEEDED, "key": key, "compacted": done, "runId": run_id}
    call.respond(answer | ({"reason": reason} if reason else {"summary": end.text if end else ""}))


def _nothing() -> dict[str, Any]:
    return {"ok": True, "aborted": False, "runIds": []}


METHODS = (
    Method("sessions.send", SessionsSendParams(), sessions_send),
    Method("sessions.abort", SessionsAbortParams(), sessions_abort),
    Method("sessions.compact", SessionsCompactParams(), sessions_compact),
)
