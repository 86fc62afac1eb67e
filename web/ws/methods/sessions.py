"""``sessions.list``, the subscriptions, ``sessions.reset``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from openclaw.domain.session_key import normalize_agent_id
from openclaw.errors import InvalidRequest
from openclaw.ports.store import SessionFilter, SessionView
from web.validation import Flag, OneOf, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.message import refuse_unsupported, reset, session_key_of
from web.ws.transcripts import session_row, shortened

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_SUBSCRIPTIONS = 1000
TITLE_CHARS, PREVIEW_CHARS = 60, 240

#: Narrow a list by whom a session belongs to; here all belong to the operators.
_UNSUPPORTED = ("boardFace", "creatorId", "ownerId", "involvingProfileId")
_ARCHIVED: dict[Any, Literal["no", "only", "all"]] = {False: "no", True: "only", "all": "all"}


class SessionsListParams(Params):
    limit = Whole(minimum=1)
    offset = Whole()
    activeMinutes = Whole(minimum=1)
    requireLastInteraction = Flag()
    sortBy = Text(one_of=("updatedAt", "lastInteractionAt"))
    includeGlobal = Flag()
    includeUnknown = Flag()
    configuredAgentsOnly = Flag()
    includeDerivedTitles = Flag()
    includeLastMessage = Flag()
    label = Text(min_length=1, max_length=512)
    boardFace = Text(one_of=("chat", "dashboard"))
    creatorId = Text(min_length=1)
    ownerId = Text(min_length=1)
    ownerFirst = Flag()
    involvingMe = Flag()
    involvingProfileId = Text(min_length=1)
    includePeople = Flag()
    spawnedBy = Text(min_length=1)
    agentId = Text(min_length=1)
    search = Text()
    archived = OneOf(_ARCHIVED)


class MessagesSubscribeParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    includeApprovals = Flag()


class SessionsResetParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    reason = Text(one_of=("new", "reset"))


def sessions_list(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    refuse_unsupported(params, _UNSUPPORTED)
    limit, offset = min(params.get("limit", DEFAULT_LIMIT), MAX_LIMIT), params.get("offset", 0)
    views, total = services.sessions.list_sessions(_wanted(call), limit=limit, offset=offset)
    provider, _, model = services.facts.default_agent.model.partition("/")
    more = offset + len(views) < total
    return {
        "ts": services.clock(),
        "path": str(services.state_dir),
        "count": len(views),
        "totalCount": total,
        "limitApplied": limit,
        "nextOffset": offset + len(views) if more else None,
        "hasMore": more,
        "owners": [],
        "defaults": {"modelProvider": provider or None, "model": model or None},
        "sessions": _rows(call, views),
    }


def _wanted(call: Call) -> SessionFilter:
    params, facts = call.params, call.gateway.services.facts
    agents = tuple(agent.id for agent in facts.agents) if params.get("configuredAgentsOnly") else None
    if "agentId" in params:
        asked = normalize_agent_id(params["agentId"])
        agents = (asked,) if agents is None or asked in agents else ()
    minutes = params.get("activeMinutes", 0)
    return SessionFilter(
        agent_ids=agents,
        label=params.get("label"),
        parent_key=session_key_of(call, params["spawnedBy"]) if "spawnedBy" in params else None,
        search=params.get("search", "").strip(),
        updated_since_ms=call.gateway.clock() - minutes * 60_000 if minutes else 0,
        archived=_ARCHIVED[params.get("archived", False)],
    )


def _rows(call: Call, views: Sequence[SessionView]) -> list[dict[str, Any]]:
    services, params = call.gateway.services, call.params
    rows = [session_row(view, services.facts.queue_mode) for view in views]
    titles, previews = params.get("includeDerivedTitles"), params.get("includeLastMessage")
    if titles or previews:
        glimpses = services.sessions.glimpses([view.id for view in views])
        for view, row in zip(views, rows, strict=True):
            glimpse = glimpses[view.id]
            if titles:
                row["derivedTitle"] = shortened(glimpse.first_said, TITLE_CHARS) or None
            if previews:
                row["lastMessagePreview"] = shortened(glimpse.last_said, PREVIEW_CHARS) or None
    return rows


def sessions_subscribe(call: Call) -> Any:
    call.connection.wants_sessions = True
    if call.params:
        return {"subscribed": True, "list": sessions_list(call)}
    return {"subscribed": True}


def messages_subscribe(call: Call) -> Any:
    key = session_key_of(call, call.params["key"])
    wanted = call.connection.message_keys
    if key not in wanted and len(wanted) >= MAX_SUBSCRIPTIONS:
        raise InvalidRequest(f"at most {MAX_SUBSCRIPTIONS} sessions can be subscribed to on one connection")
    if not any(connection.wants_messages_of(key) for connection in call.gateway.hub.connections):
        call.gateway.feed.subscribed(key)
    call.connection.message_keys = wanted | {key}
    return {"subscribed": True, "key": key}


def messages_unsubscribe(call: Call) -> Any:
    key = session_key_of(call, call.params["key"])
    call.connection.message_keys -= {key}
    return {"subscribed": False, "key": key}


def sessions_reset(call: Call) -> Any:
    services = call.gateway.services
    key = session_key_of(call, call.params["key"])
    session_uuid = reset(call, key)
    if session_uuid is None:
        return {"ok": True, "key": key, "entry": None}
    view = services.sessions.session(key)
    entry = session_row(view, services.facts.queue_mode) if view is not None else {"sessionId": session_uuid}
    return {"ok": True, "key": key, "entry": entry}


METHODS = (
    Method("sessions.list", SessionsListParams(), sessions_list),
    Method("sessions.subscribe", SessionsListParams(), sessions_subscribe),
    Method("sessions.messages.subscribe", MessagesSubscribeParams(), messages_subscribe),
    Method("sessions.messages.unsubscribe", MessagesSubscribeParams(), messages_unsubscribe),
    Method("sessions.reset", SessionsResetParams(), sessions_reset),
)
