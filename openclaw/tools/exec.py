"""``exec``: a command of the shell, contained.

Every command is a job with a process of its own. The call waits a moment for it; what takes longer goes on in the
background, and the turn with it. A turn that is resumed after its worker died finds the job and goes on waiting for it:
nothing is run twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openclaw.domain.exec_policy import elevation
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.variables import changes_programs
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.exec_gate import ExecCommand, ExecGate
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.sandbox.box import PATH, Box, boxed
from openclaw.sandbox.jobs import Job, Jobs, JobSpec
from openclaw.sandbox.limits import Limits, grouped, limited, make_group, needs_group
from openclaw.sandbox.probe import problem
from openclaw.sandbox.runner import SECRETS_FD
from openclaw.tools.arguments import check_arguments
from openclaw.tools.job_report import report
from openclaw.tools.private_files import hidden_from
from openclaw.tools.workspace_path import inside_workspace, made

#: Jobs of one session that may run at once.
MAX_JOBS = 10
#: The turn goes on elsewhere and finds its command there.
HANDED_ON = frozenset({"drain", "fence"})
_LOOK_SECONDS = 0.02

_SPEC = ToolSpec(
    name="exec",
    description=(
        "Run a command line in a shell, in the workspace. It sees the system's programs and the workspace, and no "
        "network unless the operator gave it one. A command that takes longer than a few seconds goes on in the "
        "background as a job; look after it with process. Set background for what shall run on by itself, pty for "
        "programs that want a terminal."
    ),
    parameters={
        "type": "object",
        "properties": {
            "command": {"type": "string", "minLength": 1, "maxLength": 100_000},
            "cwd": {"type": "string", "description": "Folder, relative to the workspace."},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "timeout_seconds": {"type": "integer", "minimum": 1, "description": "After that it is ended."},
            "background": {"type": "boolean"},
            "pty": {"type": "boolean"},
        },
        "required": ["command"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class ExecSettings:
    """How commands are run. ``[tools.exec]``"""

    #: ``sandbox`` or ``host``.
    host: str = "sandbox"
    #: Whether owners may have commands run outside the sandbox, and with nobody asked.
    elevated: bool = False
    elevated_full: bool = False
    network: bool = False
    #: Folders shown read-only besides the workspace.
    readable: tuple[Path, ...] = ()
    #: What of the workspace contained commands do not see.
    hidden: tuple[Path, ...] = ()
    timeout_seconds: int = 1800
    #: How long a call waits before its command goes on in the background.
    yield_seconds: float = 10.0
    output_bytes: int = 4 * 1024 * 1024
    limits: Limits = Limits()  # noqa: RUF009 - frozen


class ExecTool:
    """Asks the gate, then starts the job and waits a moment for it."""

    spec = _SPEC
    #: Not made again blindly: see ``recover``.
    replay = ReplayPolicy.ASK
    risk = RiskClass.EXECUTE

    def __init__(self, jobs: Jobs, gate: ExecGate, settings: ExecSettings) -> None:
        self._jobs = jobs
        self._gate = gate
        self._settings = settings

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """Run it, or let the gate ask first."""
        check_arguments(self.spec, arguments)
        command = self._command(arguments, context)
        waits = self._gate.check(command, context)
        if waits is not None:
            return waits
        job = self._start(command, arguments, context)
        return self._wait(job, context, 0.0 if arguments.get("background") else self._settings.yield_seconds)

    def recover(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | None:
        """Go on waiting for the job that an earlier attempt of this call started; ``None`` when it is not here."""
        job = self._jobs.find(job_id_of(context))
        if job is None:
            return None
        return self._wait(job, context, 0.0 if arguments.get("background") else self._settings.yield_seconds)

    def _command(self, arguments: dict[str, Any], context: ToolContext) -> ExecCommand:
        if "\x00" in arguments["command"]:
            raise ToolError("The command holds a NUL character.")
        workspace = made(context.workspace)
        cwd = workspace / inside_workspace(workspace, arguments.get("cwd") or ".")
        if not cwd.is_dir():
            raise ToolError(f"{arguments['cwd']}: is no folder.")
        env: Mapping[str, str] = arguments.get("env") or {}
        refused = sorted(name for name in env if changes_programs(name) or "\x00" in env[name])
        if refused:
            raise ToolError(f"These variables may not be set: {', '.join(refused)}.")
        settings = self._settings
        wished = "off" if context.contained else context.elevated
        how_far = elevation(wished, enabled=settings.elevated, full=settings.elevated_full)
        outside = not context.contained and (settings.host == "host" or how_far != "off")
        host = "host" if outside else "sandbox"
        return ExecCommand(arguments["command"], cwd, env, host, how_far)  # type: ignore[arg-type]

    def _start(self, command: ExecCommand, arguments: dict[str, Any], context: ToolContext) -> Job:
        # What a skill brings is seen where its text says that it is.
        readable = (*self._settings.readable, *context.skills.folders)
        settings = replace(self._settings, readable=readable, hidden=hidden_from(context))
        job_id = job_id_of(context)
        begun = self._jobs.find(job_id)
        if begun is not None:
            return begun
        running = [job for job in self._jobs.of_session(context.session_key) if job.end() is None]
        if len(running) >= MAX_JOBS:
            raise ToolError(f"{len(running)} commands of this session are running already; end one with process first.")
        if command.host == "sandbox" and (why := problem()):
            raise ToolError(f"Commands cannot be contained here: {why}.")
        wanted = int(arguments.get("timeout_seconds") or settings.timeout_seconds)
        pty = bool(arguments.get("pty"))
        group = _group(job_id, settings.limits) if command.host == "sandbox" else ""
        secrets = context.skills.env
        boxed_secrets = bool(secrets) and command.host == "sandbox"
        spec = JobSpec(
            session_key=context.session_key,
            text=command.text,
            argv=_argv(
                command, context.workspace.resolve(), settings, group, terminal=pty, boxed_secrets=boxed_secrets
            ),
            cwd=str(command.cwd),
            env=_environment(command),
            timeout_seconds=min(wanted, settings.timeout_seconds),
            output_bytes=settings.output_bytes,
            pty=pty,
            keys=pty or bool(arguments.get("background")),
            group=group,
            boxed_secrets=boxed_secrets,
        )
        return self._jobs.start(job_id, spec, secrets)

    def _wait(self, job: Job, context: ToolContext, seconds: float) -> ToolOutcome:
        """Its end, or that it goes on. Somebody who ends the turn ends the command."""
        deadline = time.monotonic() + seconds
        while (end := job.end()) is None and time.monotonic() < deadline:
            if context.cancel.wait(_LOOK_SECONDS):
                if context.cancel.reason not in HANDED_ON:
                    job.kill()
                context.cancel.raise_if_cancelled()
        if end is None:
            job.leave_in_background()
        return report(job, end)


def job_id_of(context: ToolContext) -> str:
    """The name of the job of this very call, the same when it is made again."""
    return hashlib.blake2b(context.wait_id.encode(), digest_size=6).hexdigest()


def _group(job_id: str, limits: Limits) -> str:
    if not needs_group():
        return ""
    try:
        return str(make_group(job_id, limits.processes))
    except OSError as error:
        raise ToolError(f"The command's processes cannot be counted ({error.strerror}).") from None


def _argv(
    command: ExecCommand, workspace: Path, settings: ExecSettings, group: str, *, terminal: bool, boxed_secrets: bool
) -> list[str]:
    shell = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
    argv = [shell, "-c", command.text]
    if terminal:
        # In a session of its own, which has the terminal: a C-c reaches the command and not what contains it.
        argv = ["setsid", "--ctty", "--wait", *argv]
    if command.host == "sandbox":
        more = SECRETS_FD if boxed_secrets else None
        box = Box(
            workspace, "rw", settings.network, settings.readable, command.env, more, terminal, hidden=settings.hidden
        )
        argv = boxed(box, command.cwd, argv)
    if shutil.which("prlimit"):
        argv = limited(settings.limits, argv)
    return grouped(Path(group), argv) if group else argv


def _environment(command: ExecCommand) -> dict[str, str]:
    """What the runner gives to the command; in the sandbox it is cleared and set anew."""
    if command.host == "sandbox":
        return {"PATH": PATH}
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TZ", "USER") if name in os.environ}
    return {"PATH": os.environ.get("PATH", PATH), "TERM": "xterm", **kept, **command.env}


def register_exec_tools(registry: Registry, jobs: Jobs, gate: ExecGate, settings: ExecSettings) -> None:
    """Add ``exec``; it takes where jobs live and who lets commands pass."""
    registry.add_tool(ExecTool(jobs, gate, settings), source=__name__)
