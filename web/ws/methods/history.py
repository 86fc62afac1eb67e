"""``chat.history``: a page of a conversation, or what was said since another answer, and what is still waiting.

A cursor names a conversation and the last entry that the client has. It holds at every gateway.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.domain.session_key import parse_session_key
from openclaw.errors import InvalidRequest
from openclaw.ports.store import SessionView
from web.validation import Listing, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.frames import encode
from web.ws.methods.message import session_key_of
from web.ws.transcripts import session_row, wire_message

DEFAULT_LIMIT = 200
MAX_PENDING = 20
#: Entries that an answer to a cursor holds; a client that has missed more begins anew.
MAX_SINCE = 1000
#: Rows that a page may begin behind; older ones are reached by asking from there.
MAX_OFFSET = 5000
#: Bytes of messages in one answer; older ones are left out and reported as ``hasMore``.
MAX_BYTES = 6 * 1024 * 1024
_MAX_RUN_ID = 256
#: Digits of the largest number that the database takes.
_MAX_DIGITS = 19


class ChatHistoryParams(Params):
    sessionKey = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    cursor = Text()
    limit = Whole(minimum=1, maximum=1000)
    offset = Whole()
    pendingBefore = Whole(minimum=1)
    inputRunIds = Listing(of_text=True)
    messageId = Text(min_length=1)
    sessionId = Text(min_length=1)
    maxChars = Whole(minimum=1, maximum=500_000)


def chat_history(call: Call) -> Any:
    sessions, params = call.gateway.services.sessions, call.params
    key = session_key_of(call, params["sessionKey"])
    if "cursor" in params:
        return _since(call, key, params["cursor"])
    limit, offset = params.get("limit", DEFAULT_LIMIT), params.get("offset", 0)
    if offset > MAX_OFFSET:
        raise InvalidRequest(f"invalid chat.history params: at /offset: must be <= {MAX_OFFSET}")
    entries, total = sessions.history(key, limit=limit + offset)
    page = entries[: len(entries) - offset] if offset else entries
    messages = _within_bytes([wire_message(entry, params.get("maxChars", 0)) for entry in page[-limit:]])
    view = sessions.session(key)
    answer: dict[str, Any] = {
        "sessionKey": key,
        "messages": messages,
        "pendingInputs": _pending(call, key, view),
        "hasMore": total > offset + len(messages),
        "totalMessages": total,
        "defaults": _defaults(call, key),
        "sessionInfo": _info(call, key, view),
    }
    if view is not None:
        answer["sessionId"] = view.session_uuid
        if not offset:
            answer["deltaCursor"] = _cursor(view.session_uuid, entries[-1].seq if entries else 0)
    return answer


def _since(call: Call, key: str, cursor: str) -> dict[str, Any]:
    sessions = call.gateway.services.sessions
    session_uuid, _, seq = cursor.rpartition(":")
    known = session_uuid and seq.isascii() and seq.isdigit() and len(seq) < _MAX_DIGITS
    entries = sessions.since(key, session_uuid, int(seq), MAX_SINCE + 1) if known else None
    if entries is None or len(entries) > MAX_SINCE:
        return {"kind": "reset"}
    messages = [wire_message(entry, call.params.get("maxChars", 0)) for entry in entries]
    if len(_within_bytes(messages)) < len(messages):
        return {"kind": "reset"}
    view = sessions.session(key)
    return {
        "kind": "delta",
        "messages": messages,
        "deltaCursor": _cursor(session_uuid, entries[-1].seq) if entries else cursor,
        "pendingInputs": _pending(call, key, view),
        "sessionInfo": _info(call, key, view),
    }


def _cursor(session_uuid: str, seq: int) -> str:
    return f"{session_uuid}:{seq}"


def _within_bytes(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    size, kept = 0, 0
    for message in reversed(messages):
        size += len(encode(message))
        if size > MAX_BYTES and kept:
            break
        kept += 1
    return messages[len(messages) - kept :]


def _pending(call: Call, key: str, view: SessionView | None) -> dict[str, Any]:
    if view is None or not view.pending:
        return {"items": [], "total": 0}
    before = call.params.get("pendingBefore")
    rows = call.gateway.services.sessions.pending(key, MAX_PENDING, before)
    found: dict[str, Any] = {"items": [_pending_item(row) for row in rows], "total": view.pending}
    if rows and len(rows) == MAX_PENDING:
        found["nextBefore"] = rows[0]["ordinal"]
    return found


def _pending_item(row: dict[str, Any]) -> dict[str, Any]:
    at_ms = row["accepted_at_ms"]
    return {
        "id": str(row["id"]),
        # Longer ids are ours to make unique, and no client has asked for them.
        **({"runId": row["run_id"]} if len(row["run_id"]) <= _MAX_RUN_ID else {}),
        "message": {"role": "user", "content": row["text"], "timestamp": at_ms},
        "acceptedAt": at_ms,
        "state": "queued",
    }


def _defaults(call: Call, key: str) -> dict[str, Any]:
    services = call.gateway.services
    agent = services.facts.agent(parse_session_key(key).agent_id) or services.facts.default_agent
    provider, _, model = agent.model.partition("/")
    window = next(
        (info.context_window for info in services.facts.models if (info.provider, info.id) == (provider, model)), None
    )
    return {"modelProvider": provider or None, "model": model or None, "contextTokens": window}


def _info(call: Call, key: str, view: SessionView | None) -> dict[str, Any]:
    mode = call.gateway.services.facts.queue_mode
    if view is not None:
        return session_row(view, mode)
    return {
        "key": key,
        "agentId": parse_session_key(key).agent_id,
        "kind": "direct",
        "updatedAt": None,
        "hasActiveRun": False,
        "activeRunIds": [],
        "effectiveQueueMode": mode,
    }


METHODS = (Method("chat.history", ChatHistoryParams(), chat_history),)
