"""What this machine offers: only what works here, and what its user shares."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import openclaw
from openclaw.nodes import desktop
from openclaw.nodes.approvals import Approvals
from openclaw.nodes.folders import Folders, SharedFolder
from openclaw.nodes.job import Command, Job
from openclaw.nodes.shell import Shell


def offered(approvals: Approvals, folders: Sequence[SharedFolder], *, shell: bool = True) -> dict[str, Command]:
    """The commands by name."""
    commands: dict[str, Command] = {"device.status": status}
    if shell:
        runner = Shell(approvals)
        commands |= {"system.which": runner.which, "system.run": runner.run}
    if folders:
        shared = Folders(folders)
        commands |= {"file.list": shared.list, "file.read": shared.read}
        if shared.writable:
            commands["file.write"] = shared.write
    if desktop.can_notify():
        commands["system.notify"] = desktop.notify
    if desktop.can_snapshot():
        commands["screen.snapshot"] = desktop.snapshot
    return commands


def caps(commands: dict[str, Command]) -> list[str]:
    """The kinds of things that these commands are about."""
    return sorted({name.partition(".")[0] for name in commands})


def status(_params: dict[str, Any], _job: Job) -> dict[str, Any]:
    """How this machine is."""
    about = os.uname()
    load = os.getloadavg()
    return {
        "hostname": about.nodename,
        "platform": about.sysname.lower(),
        "release": about.release,
        "machine": about.machine,
        "cpus": os.cpu_count(),
        "load": [round(value, 2) for value in load],
        "version": openclaw.__version__,
        "ts": time.time_ns() // 1_000_000,
    }
