"""``tasks.list``, ``tasks.get``, ``tasks.cancel``: promised runs as tasks."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from functools import partial
from typing import Any

from openclaw.domain.session_key import normalize_agent_id
from openclaw.errors import InvalidRequest, NotFound
from openclaw.ports.store import TaskFilter, TaskStatus, TaskView
from web.validation import Anything, Params, Text, Whole
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.message import session_key_of, when_over
from web.ws.transcripts import shortened

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
SUMMARY_CHARS = 400
#: Digits of the largest number that the database takes.
_MAX_DIGITS = 18
_ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.TIMED_OUT})


class TasksListParams(Params):
    status = Anything()
    agentId = Text(min_length=1)
    sessionKey = Text(min_length=1)
    limit = Whole(minimum=1, maximum=MAX_LIMIT)
    cursor = Text()


class TasksGetParams(Params):
    taskId = Text(required=True, min_length=1)


class TasksCancelParams(Params):
    taskId = Text(required=True, min_length=1)
    reason = Text()


def tasks_list(call: Call) -> Any:
    params = call.params
    wanted = TaskFilter(
        statuses=_statuses(params.get("status")),
        agent_id=normalize_agent_id(params["agentId"]) if "agentId" in params else None,
        session_key=session_key_of(call, params["sessionKey"]) if "sessionKey" in params else None,
    )
    before = _cursor(params["cursor"]) if params.get("cursor") else None
    limit = params.get("limit", DEFAULT_LIMIT)
    found, following = call.gateway.services.tasks.list_tasks(wanted, before=before, limit=limit)
    answer: dict[str, Any] = {"tasks": [_task(task) for task in found]}
    return answer if following is None else answer | {"nextCursor": str(following)}


def _statuses(asked: Any) -> frozenset[TaskStatus]:
    values = asked if isinstance(asked, list) else [] if asked is None else [asked]
    try:
        return frozenset(TaskStatus(value) for value in values)
    except ValueError:
        known = ", ".join(TaskStatus)
        raise InvalidRequest(f"invalid tasks.list params: at /status: must be of {known}") from None


def _cursor(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        return int(text)
    raise InvalidRequest("invalid tasks.list params: at /cursor: is none of ours")


def tasks_get(call: Call) -> Any:
    found = call.gateway.services.tasks.task(call.params["taskId"])
    if found is None:
        raise NotFound(f"task not found: {call.params['taskId']}")
    return {"task": _task(found)}


def tasks_cancel(call: Call) -> Any:
    services, task_id = call.gateway.services, call.params["taskId"]
    found = services.tasks.task(task_id)
    if found is None:
        return {"found": False, "cancelled": False, "reason": "there is no such task"}
    if found.status in _ENDED:
        return {"found": True, "cancelled": False, "reason": f"it is {found.status} already", "task": _task(found)}
    aborted = services.intake.abort(found.run.session_key, task_id, "rpc")
    work = partial(call.answer_from, call.gateway.background.put, partial(_cancelled, call, task_id))
    when_over(call, [turn.run_id for turn in aborted.running], work)
    return LATER


def _cancelled(call: Call, task_id: str) -> dict[str, Any]:
    found = call.gateway.services.tasks.task(task_id)
    if found is None:
        return {"found": False, "cancelled": False, "reason": "its session was deleted"}
    # One that still says it runs has been told, and ends with its next step.
    return {"found": True, "cancelled": found.status is not TaskStatus.COMPLETED, "task": _task(found)}


def _task(task: TaskView) -> dict[str, Any]:
    run = task.run
    row: dict[str, Any] = {
        "id": run.run_id,
        "taskId": run.run_id,
        "runId": run.turn_run_id,
        "kind": "run",
        "runtime": "celery",
        "status": task.status.value,
        "title": " ".join(task.title.split()) or "(no text)",
        "agentId": run.agent_id,
        "sessionKey": run.session_key,
        "createdAt": task.created_at_ms,
        "updatedAt": run.ended_at_ms or run.started_at_ms or task.created_at_ms,
    }
    if run.started_at_ms:
        row["startedAt"] = run.started_at_ms
    if run.ended_at_ms:
        row["endedAt"] = run.ended_at_ms
    if run.text:
        row["terminalSummary"] = shortened(run.text, SUMMARY_CHARS)
    if run.error:
        row["error"] = run.error
    return row


METHODS = (
    Method("tasks.list", TasksListParams(), tasks_list),
    Method("tasks.get", TasksGetParams(), tasks_get),
    Method("tasks.cancel", TasksCancelParams(), tasks_cancel),
)
