"""Commands of the shell, as the configuration wants them."""

from __future__ import annotations

from pathlib import Path

from openclaw.plugins.registry import Registry
from openclaw.ports.exec_gate import ExecCommand
from openclaw.ports.tool import ToolContext
from openclaw.sandbox.jobs import Jobs
from openclaw.sandbox.limits import Limits
from openclaw.settings.schema import Settings
from openclaw.tools.exec import ExecSettings, register_exec_tools
from openclaw.tools.process import register_process_tool


class OpenGate:
    """Lets every command pass: the operator said so."""

    def check(self, command: ExecCommand, context: ToolContext) -> None:
        """Say nothing."""


def jobs_of(settings: Settings) -> Jobs:
    """Where this machine's jobs are."""
    return Jobs(settings.home / "run" / "jobs")


def add_exec_tools(registry: Registry, settings: Settings) -> None:
    """Add ``exec`` and ``process``, unless no command may run."""
    section = settings.tools.exec
    if section.security != "full":
        return
    jobs = jobs_of(settings)
    limits = Limits(section.cpu_seconds, section.memory_mb, section.processes, section.file_mb)
    exec_settings = ExecSettings(
        host=section.host,
        network=section.network,
        readable=tuple(Path(folder) for folder in section.readable),
        timeout_seconds=section.timeout_seconds,
        yield_seconds=section.yield_seconds,
        output_bytes=section.output_bytes,
        limits=limits,
    )
    register_exec_tools(registry, jobs, OpenGate(), exec_settings)
    register_process_tool(registry, jobs)
