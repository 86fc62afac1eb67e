"""``process``: looking after the jobs that ``exec`` left in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.terminal_keys import keys_of
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.sandbox.jobs import Job, Jobs
from openclaw.tools.arguments import check_arguments
from openclaw.tools.job_report import MOST_CHARS, how, report

#: The longest that a poll waits for something new, in seconds.
MAX_WAIT_SECONDS = 10
_LOOK_SECONDS = 0.05

_SPEC = ToolSpec(
    name="process",
    description=(
        "Look after commands that exec left in the background. list shows this session's jobs; poll waits a moment and "
        "tells what came out since offset and whether the job is over; write sends text, send_keys keys such as Enter, "
        "C-c or Up, submit text and Enter; kill ends a job; remove forgets one that is over."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {
                "type": "string",
                "enum": ["list", "poll", "log", "write", "submit", "send_keys", "kill", "remove"],
            },
            "id": {"type": "string", "description": "The job."},
            "offset": {"type": "integer", "minimum": 0, "description": "Byte of the output to begin with."},
            "wait_seconds": {"type": "number", "minimum": 0, "maximum": MAX_WAIT_SECONDS},
            "text": {"type": "string"},
            "keys": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
        },
        "required": ["action"],
        "additionalProperties": False,
    },
)


class ProcessTool:
    """Sees the jobs of the turn's own session and no others, and those of its own machine."""

    spec = _SPEC
    replay = ReplayPolicy.ASK
    risk = RiskClass.EXECUTE

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Do one thing with one job, or list them."""
        check_arguments(self.spec, arguments)
        action: str = arguments["action"]
        if action == "list":
            return ToolOutcome(_listed(self._jobs.of_session(context.session_key)))
        job = self._find(str(arguments.get("id") or ""), context)
        if action == "remove":
            return self._remove(job)
        return _ACTIONS[action](job, arguments, context)

    def recover(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | None:
        """What only looks may be done again."""
        return self.run(arguments, context) if arguments.get("action") in ("list", "poll", "log") else None

    def _find(self, job_id: str, context: ToolContext) -> Job:
        job = self._jobs.find(job_id)
        if job is None or job.spec["session_key"] != context.session_key:
            known = ", ".join(each.id for each in self._jobs.of_session(context.session_key)) or "none"
            raise ToolError(
                f"This session has no job {job_id!r} on this machine; there are: {known}. A job that another worker "
                "host started can be reached from there only."
            )
        return job

    def _remove(self, job: Job) -> ToolOutcome:
        if job.end() is None:
            raise ToolError(f"job {job.id} is running; kill it first.")
        self._jobs.remove(job)
        return ToolOutcome(f"Job {job.id} is forgotten.")


def _listed(jobs: list[Job]) -> str:
    if not jobs:
        return "This session has no jobs on this machine."
    return "\n".join(
        f"{job.id}: {'running' if (end := job.end()) is None else how(end)} {job.spec['text'][:120]!r}" for job in jobs
    )


def _poll(job: Job, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
    offset = int(arguments.get("offset") or 0)
    deadline = time.monotonic() + float(arguments.get("wait_seconds", 1.0))
    while (end := job.end()) is None and not job.output(offset, 1) and time.monotonic() < deadline:
        context.cancel.raise_if_cancelled()
        context.cancel.wait(_LOOK_SECONDS)
    raw = job.output(offset, MOST_CHARS)
    state = "It goes on." if end is None else how(end)
    note = f"[{len(raw)} bytes from offset {offset}; continue with offset={offset + len(raw)}]"
    return ToolOutcome(f"{state}\n{raw.decode('utf-8', 'replace')}\n{note}")


def _log(job: Job, _arguments: dict[str, Any], _context: ToolContext) -> ToolOutcome:
    return report(job, job.end())


def _write(job: Job, arguments: dict[str, Any], _context: ToolContext) -> ToolOutcome:
    return _send(job, str(arguments.get("text") or "").encode())


def _submit(job: Job, arguments: dict[str, Any], _context: ToolContext) -> ToolOutcome:
    return _send(job, str(arguments.get("text") or "").encode() + (b"\r" if job.spec["pty"] else b"\n"))


def _send_keys(job: Job, arguments: dict[str, Any], _context: ToolContext) -> ToolOutcome:
    try:
        return _send(job, keys_of(arguments.get("keys") or []))
    except ValueError as error:
        raise ToolError(f"{error}.") from None


def _send(job: Job, raw: bytes) -> ToolOutcome:
    if job.end() is not None:
        raise ToolError(f"job {job.id} is over.")
    if not job.spec["keys"]:
        raise ToolError(f"job {job.id} takes no input; start it with background or pty.")
    job.send(raw)
    return ToolOutcome(f"Sent {len(raw)} bytes.")


def _kill(job: Job, _arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
    job.kill()
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while (end := job.end()) is None and time.monotonic() < deadline:
        context.cancel.raise_if_cancelled()
        context.cancel.wait(_LOOK_SECONDS)
    return ToolOutcome(how(end) if end is not None else "It has been asked to end.")


_ACTIONS: dict[str, Callable[[Job, dict[str, Any], ToolContext], ToolOutcome]] = {
    "poll": _poll,
    "log": _log,
    "write": _write,
    "submit": _submit,
    "send_keys": _send_keys,
    "kill": _kill,
}


def register_process_tool(registry: Registry, jobs: Jobs) -> None:
    """Add the tool; it takes where jobs live."""
    registry.add_tool(ProcessTool(jobs), source=__name__)
