"""``sessions.send`` and ``sessions.abort``: a message into a session that exists, and ending what runs there."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import uuid
from typing import Any

from openclaw.errors import InvalidRequest
from web.validation import Flag, Listing, Params, Text, Whole
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.chat import send_message
from web.ws.methods.message import abort, checked_text, refuse_unsupported, session_key_of


class SessionsSendParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    message = Text(required=True)
    thinking = Text()
    attachments = Listing()
    timeoutMs = Whole()
    idempotencyKey = Text(min_length=1, max_length=512)


class SessionsAbortParams(Params):
    key = Text(min_length=1)
    runId = Text(min_length=1)
    agentId = Text(min_length=1)
    clearQueued = Flag()


def sessions_send(call: Call) -> Any:
    params = call.params
    refuse_unsupported(params, ("attachments",))
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


def _nothing() -> dict[str, Any]:
    return {"ok": True, "aborted": False, "runIds": []}


METHODS = (
    Method("sessions.send", SessionsSendParams(), sessions_send),
    Method("sessions.abort", SessionsAbortParams(), sessions_abort),
)
