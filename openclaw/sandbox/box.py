"""What a contained command sees of the machine, as arguments of bubblewrap. Pure.

The system's programs and libraries, read-only; a /tmp, /proc and /dev of its own; the workspace; nothing else. No
network, no processes of others, nothing of the worker's environment. What is not named here is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

#: Shown read-only where they are.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
#: Of /etc: what programs need to start and to tell names; no password, no key.
ETC = (
    *("alternatives", "ca-certificates.conf", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime"),
    *("magic", "mime.types", "nsswitch.conf", "os-release", "pki/tls/certs", "protocols", "services", "ssl/certs"),
)
#: Only with a network.
ETC_NETWORK = ("hosts", "resolv.conf")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Nobody in particular.
USER_ID = "1000"

Access = Literal["none", "ro", "rw"]


@dataclass(frozen=True, slots=True)
class Box:
    """One container. Paths are absolute and resolved."""

    workspace: Path
    access: Access = "rw"
    network: bool = False
    #: Shown read-only besides.
    readable: Sequence[Path] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    #: A descriptor that more arguments are read from; what ``env`` sets counts before them.
    arguments_from: int | None = None
    #: The command has a terminal of its own; otherwise it is kept from the one of whoever started it.
    terminal: bool = False
    #: What of the workspace is not seen: a file is empty, a folder too.
    hidden: Sequence[Path] = ()


def boxed(box: Box, cwd: Path, command: Sequence[str]) -> list[str]:
    """The arguments that run a command in the box."""
    argv = ["bwrap", "--unshare-all", "--die-with-parent", "--clearenv"]
    if not box.terminal:
        argv.append("--new-session")
    argv += ["--uid", USER_ID, "--gid", USER_ID, "--hostname", "sandbox", "--cap-drop", "ALL"]
    if box.network:
        argv.append("--share-net")
    for path in SYSTEM:
        argv += ["--ro-bind-try", path, path]
    for name in (*ETC, *(ETC_NETWORK if box.network else ())):
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    argv += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the sandbox's own
    for shown in box.readable:
        argv += ["--ro-bind-try", str(shown), str(shown)]
    home = str(box.workspace) if box.access != "none" else "/tmp"  # noqa: S108 - the sandbox's own
    if box.access != "none":
        argv += ["--bind" if box.access == "rw" else "--ro-bind", home, home]
        for hidden in box.hidden:
            if hidden.is_dir() and not hidden.is_symlink():
                argv += ["--tmpfs", str(hidden)]
            elif hidden.exists():
                argv += ["--ro-bind", "/dev/null", str(hidden)]
    argv += ["--chdir", str(cwd) if box.access != "none" else home]
    if box.arguments_from is not None:
        argv += ["--args", str(box.arguments_from)]
    for name, value in {"PATH": PATH, "HOME": home, "TERM": "xterm", "LANG": "C.UTF-8", **box.env}.items():
        argv += ["--setenv", name, value]
    return [*argv, "--", *command]
