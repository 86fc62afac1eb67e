"""Whether commands can be contained on this machine, and if not, why and what helps."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from openclaw.sandbox.box import Box, boxed
from openclaw.sandbox.limits import Limits, limited, make_group, needs_group

_SECONDS = 10
_CHOOSE = 'or choose the host by name: [tools.exec] host = "host"'


@lru_cache(maxsize=1)
def problem() -> str:
    """Why commands cannot be contained here; empty when they can. Tried once in the life of a process."""
    for program, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux")):
        if shutil.which(program) is None:
            return f"there is no {program} on this machine; install {package}, {_CHOOSE}"
    if needs_group():
        try:
            make_group("probe", 16).rmdir()
        except OSError as error:
            return (
                f"the worker runs as root and may not count a command's processes ({error.strerror}); run it as "
                f"another user, {_CHOOSE}"
            )
    command = limited(Limits(), boxed(Box(Path("/"), access="none"), Path("/"), ["true"]))
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start ({type(error).__name__}); {_CHOOSE}"
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-300:]
        return f"bubblewrap fails here ({said}); the kernel must allow user namespaces, {_CHOOSE}"
    return ""
