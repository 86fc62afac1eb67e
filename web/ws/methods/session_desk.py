"""``sessions.create``, ``sessions.patch`` and ``sessions.delete``: making, filing and removing sessions."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from openclaw.domain.dials import DIALS
from openclaw.domain.envelope import CLIENT_ROUTE
from openclaw.domain.session_key import MAIN_KEY, parse_session_key
from openclaw.errors import InvalidRequest, OpenClawError
from openclaw.ports.store import Expected, NewSession, SessionChanges, SessionView
from web.validation import Flag, Params, Text, Whole, accepting
from web.ws.dispatch import LATER, Call, Method
from web.ws.frames import error_shape
from web.ws.methods.chat import send_message
from web.ws.methods.message import checked_text, session_key_of, tell_session_changed, when_over
from web.ws.transcripts import FILING, session_row

#: Sessions of the same idempotency key are the same: their keys are made of it.
_KEYS_OF_CALLERS = uuid.UUID("5b0f5a53-6d0a-4c3c-9b55-0c6f5d0e0b7e")

_UNSUPPORTED_OF_CREATE = (
    *("contextWindow", "fastMode", "permissionMode", "toolOverrides", "incognito", "visibility"),
    *("catalogId", "spawnDepth", "fork", "forkFrom", "emitCommandHooks", "succeedsParent", "attachments"),
    *("projectId", "projectGitUrl", "worktree", "worktreeBaseRef", "worktreeName", "execNode", "cwd"),
)
_UNSUPPORTED_OF_PATCH = (
    *("expectedLifecycleRevision", "expectedPermissionMode", "expectedToolOverrides", "expectedMarkedUnreadAt"),
    *("boardFace", "attention", "ttlMinutes", "unread", "contextWindow", "fastMode", "toolOverrides", "traceLevel"),
    *("execHost", "execSecurity", "execAsk", "execNode", "permissionMode", "completionOwnerSessionKey"),
    *("inheritedToolPolicyVersion", "inheritedToolAllow", "inheritedToolDeny"),
)
_UNSUPPORTED_OF_DELETE = ("expectedLifecycleRevision", "emitLifecycleHooks")


class SessionsCreateParams(Params):
    key = Text(min_length=1)
    idempotencyKey = Text(min_length=1)
    agentId = Text(min_length=1)
    label = Text(min_length=1, max_length=512)
    displayName = Text(min_length=1, max_length=500)
    category = Text(min_length=1, max_length=512)
    model = Text(min_length=1)
    thinkingLevel = Text(min_length=1)
    parentSessionKey = Text(min_length=1)
    task = Text()
    message = Text()


class SessionsPatchParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    expectedSessionId = Text(min_length=1)
    label = Text(min_length=1, max_length=512, nullable=True)
    icon = Text(nullable=True)
    color = Text(nullable=True)
    category = Text(min_length=1, max_length=512, nullable=True)
    statusNote = Text(max_length=120, nullable=True)
    archived = Flag()
    pinned = Flag()
    model = Text(min_length=1, nullable=True)
    thinkingLevel = Text(min_length=1, nullable=True)
    verboseLevel = Text(min_length=1, nullable=True)
    reasoningLevel = Text(min_length=1, nullable=True)
    elevatedLevel = Text(min_length=1, nullable=True)
    responseUsage = Text(min_length=1, nullable=True)
    sendPolicy = Text(min_length=1, nullable=True)
    groupActivation = Text(min_length=1, nullable=True)


class SessionsDeleteParams(Params):
    key = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    deleteTranscript = Flag()
    expectedSessionId = Text(min_length=1)
    expectedSessionUpdatedAt = Whole()
    archivedOnly = Flag()


def sessions_create(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    _refuse(params, _UNSUPPORTED_OF_CREATE)
    text = checked_text(params.get("message") or params.get("task") or "")
    route = services.intake.route_of(_new_key(call), params.get("agentId"))
    parent = _parent(call)
    settings = {name: params[name] for name in ("category",) if params.get(name)}
    settings |= _turned(params)
    if params.get("model"):
        settings["model"] = _model_ref(call, params["model"])
    new = NewSession(
        session_key=route.session_key,
        agent_id=route.agent_id,
        lane_class=route.lane_class,
        queue=route.queue,
        channel=CLIENT_ROUTE.channel,
        label=params.get("label", ""),
        display_name=params.get("displayName", ""),
        parent_key=parent,
        settings=settings,
    )
    view, made = services.session_desk.create(new, services.clock())
    if made:
        tell_session_changed(call, view.session_key, "create")
    answer = {"ok": True, "key": view.session_key, "sessionId": view.session_uuid, "entry": _entry(call, view)}
    return answer | (_first_message(call, view.session_key, text) if text else {})


def _new_key(call: Call) -> str:
    if "key" in call.params:
        return str(call.params["key"])
    given = call.params.get("idempotencyKey")
    name = uuid.uuid5(_KEYS_OF_CALLERS, given) if given else uuid.uuid4()
    return f"dashboard:{name}"


def _parent(call: Call) -> str:
    if "parentSessionKey" not in call.params:
        return ""
    key = session_key_of(call, call.params["parentSessionKey"])
    if call.gateway.services.sessions.session(key) is None:
        raise InvalidRequest(f"unknown parent session: {call.params['parentSessionKey']}")
    return key


def _first_message(call: Call, session_key: str, text: str) -> dict[str, Any]:
    given = call.params.get("idempotencyKey")
    try:
        sent = send_message(call, session_key, text, f"{given}:first" if given else str(uuid.uuid4()))
    except OpenClawError as error:  # the session is there nevertheless
        return {"runStarted": False, "runError": error_shape(error)}
    return {"runStarted": True, "runId": sent["runId"]}


def sessions_patch(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    _refuse(params, _UNSUPPORTED_OF_PATCH)
    key = session_key_of(call, params["key"])
    if params.get("archived") and parse_session_key(key).rest == MAIN_KEY:
        raise InvalidRequest(f"the main session cannot be archived: {key}")
    settings = {name: params[name] or None for name in FILING if name in params} | _turned(params)
    if "model" in params:
        settings["model"] = _model_ref(call, params["model"]) if params["model"] else None
    changes = SessionChanges(
        label=(params["label"] or "") if "label" in params else None,
        archived=params.get("archived"),
        pinned=params.get("pinned"),
        settings=settings,
    )
    expected = Expected(session_uuid=params.get("expectedSessionId", ""))
    view = services.session_desk.change(key, changes, expected, services.clock())
    tell_session_changed(call, key, "patch")
    row = _entry(call, view)
    resolved = {"modelProvider": row["modelProvider"], "model": row["model"]}
    return {"ok": True, "path": str(services.state_dir), "key": key, "entry": row, "resolved": resolved}


def _turned(params: Mapping[str, Any]) -> dict[str, Any]:
    """The session's settings that a call turns by its levels. Raises InvalidRequest for a level that there is not."""
    found: dict[str, Any] = {}
    for dial in DIALS:
        if dial.wire not in params:
            continue
        said = params[dial.wire]
        found[dial.key] = dial.read(said) if said is not None else None
        if said is not None and found[dial.key] is None:
            raise InvalidRequest(f"{dial.wire}: {said!r} is none of {', '.join(dial.levels)}")
    return found


def sessions_delete(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    _refuse(params, _UNSUPPORTED_OF_DELETE)
    if params.get("deleteTranscript") is False:
        raise InvalidRequest("a session goes with its transcript; archive it to keep that (sessions.patch archived)")
    key = session_key_of(call, params["key"])
    if parse_session_key(key).rest == MAIN_KEY:
        raise InvalidRequest(f"the main session cannot be deleted: {key}")
    view = services.sessions.session(key)
    if view is None:
        return {"ok": True, "key": key, "deleted": False, "archived": []}
    expected = Expected(
        session_uuid=params.get("expectedSessionId", ""),
        updated_at_ms=params.get("expectedSessionUpdatedAt"),
        archived=bool(params.get("archivedOnly")),
    )
    expected.check(key, view.session_uuid, view.updated_at_ms, view.archived)
    if not (view.active_run_id or view.pending):
        return _delete(call, key, expected)
    aborted = services.intake.abort(key, None, "delete")
    # Its own end changes the session too.
    expected = Expected(session_uuid=view.session_uuid)
    work = partial(call.answer_from, call.gateway.background.put, partial(_delete, call, key, expected))
    when_over(call, [turn.run_id for turn in aborted.running], work)
    return LATER


def _delete(call: Call, key: str, expected: Expected) -> dict[str, Any]:
    services = call.gateway.services
    deleted = services.session_desk.delete(key, expected, services.clock())
    if deleted:
        tell_session_changed(call, key, "delete")
    return {"ok": True, "key": key, "deleted": deleted, "archived": []}


def _refuse(params: dict[str, Any], names: tuple[str, ...]) -> None:
    """Refuse what this gateway cannot do; a parameter that asks for nothing is none."""
    for name in names:
        if params.get(name) not in (None, False):
            raise InvalidRequest(f"{name} is not supported by this gateway")


def _model_ref(call: Call, wanted: str) -> str:
    """``provider/model`` of what a client calls a model. Raises InvalidRequest for one of an unknown vendor."""
    facts = call.gateway.services.facts
    known = [f"{model.provider}/{model.id}" for model in facts.models]
    wanted = facts.aliases.get(wanted.lower(), wanted)
    vendor, slash, _ = wanted.partition("/")
    if wanted in known or (slash and vendor in facts.vendors):
        return wanted
    found = [ref for ref in known if ref.partition("/")[2] == wanted]
    if len(found) != 1:
        raise InvalidRequest(f"unknown model: {wanted}; models.list names those that are configured")
    return found[0]


def _entry(call: Call, view: SessionView) -> dict[str, Any]:
    return session_row(view, call.gateway.services.facts.queue_mode)


METHODS = (
    Method("sessions.create", accepting(SessionsCreateParams, _UNSUPPORTED_OF_CREATE), sessions_create),
    Method("sessions.patch", accepting(SessionsPatchParams, _UNSUPPORTED_OF_PATCH), sessions_patch),
    Method("sessions.delete", accepting(SessionsDeleteParams, _UNSUPPORTED_OF_DELETE), sessions_delete),
)
