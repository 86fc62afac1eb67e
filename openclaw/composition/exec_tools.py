"""Commands of the shell, as the configuration wants them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from openclaw.domain.exec_policy import Ask, ExecPolicy, Security
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.event_desk import EventDesk
from openclaw.intake.exec_gate import PolicyGate
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.sandbox.box import PATH
from openclaw.sandbox.jobs import Jobs
from openclaw.sandbox.limits import Limits
from openclaw.settings.schema import Settings
from openclaw.tools.exec import ExecSettings, register_exec_tools
from openclaw.tools.job_report import how
from openclaw.tools.process import register_process_tool


def tell_of_jobs(jobs: Jobs, events: EventDesk) -> None:
    """Let sessions hear of the jobs that ended in the background: their next turns will. Once per job."""
    for job in jobs.untold():
        end = job.end()
        if end is not None:
            spec = job.spec
            text = f"The command {spec['text'][:200]!r} in the background (job {job.id}) is over. {how(end)}"
            events.post(spec["session_key"], text, source="exec", key=f"job:{job.id}:{spec['started_at_ms']}")
            job.note_told()


def jobs_of(settings: Settings) -> Jobs:
    """Where this machine's jobs are."""
    return Jobs(settings.home / "run" / "jobs")


def find_program(name: str, cwd: Path, host: str) -> str | None:
    """Where a program really lies: links resolved, names looked up as the command itself will."""
    path = PATH if host == "sandbox" else os.environ.get("PATH", PATH)
    found = str(cwd / name) if "/" in name else shutil.which(name, path=path)
    if found is None:
        return None
    try:
        return str(Path(found).resolve(strict=True))
    except (OSError, RuntimeError):
        return None


def add_exec_tools(registry: Registry, settings: Settings, desk: ApprovalDesk) -> None:
    """Add ``exec`` and ``process``, unless no command may run."""
    section = settings.tools.exec
    policy = ExecPolicy(Security(section.security), Ask(section.ask))
    if policy.security is Security.DENY:
        return
    gate = PolicyGate(policy, desk, find_program, int(settings.approvals.timeout_seconds * 1000), system_clock)
    jobs = jobs_of(settings)
    limits = Limits(section.cpu_seconds, section.memory_mb, section.processes, section.file_mb)
    exec_settings = ExecSettings(
        host=section.host,
        elevated=settings.tools.elevated.enabled,
        elevated_full=settings.tools.elevated.full,
        network=section.network,
        readable=tuple(Path(folder) for folder in section.readable),
        timeout_seconds=section.timeout_seconds,
        yield_seconds=section.yield_seconds,
        output_bytes=section.output_bytes,
        limits=limits,
    )
    register_exec_tools(registry, jobs, gate, exec_settings)
    register_process_tool(registry, jobs)
