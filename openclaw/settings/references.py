"""``${file:NAME}`` and ``${command:NAME}``: credentials that stand in a file of their own, or that a program gives out.

Whoever may write the configuration must not be able to read any file or run any program by it. So a name is looked up
in folders that only whoever runs the host can fill: systemd's credentials, ``secrets`` in the home, and where container
engines put theirs.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw.errors import ConfigError

if TYPE_CHECKING:
    from openclaw.settings.environment import Environment

#: What a reference may name: a file's own name, so that no path leads out of the folders.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
#: Where Docker, Podman and Kubernetes put secrets by custom.
CONTAINER_FOLDER = Path("/run/secrets")
#: The largest credential, in bytes, and how long a program may take to say it, in seconds.
MAX_BYTES, COMMAND_SECONDS = 65_536, 10.0
#: What a program said is good for so long: a configuration is read several times in a row. Seconds.
KEPT_SECONDS = 60.0

_said: dict[Path, tuple[float, str]] = {}
_lock = threading.Lock()


def resolve(environment: Environment, kind: str, name: str) -> str:
    """The credential that a reference names, without the line's end. Raises ConfigError that shows nothing of it."""
    if not NAME.fullmatch(name):
        raise ConfigError("names no file: letters, digits, dot, dash and underscore, and no folder")
    if kind == "command":
        return _run(environment.home / "secrets" / name, environment)
    folders = _folders(environment)
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        raise ConfigError(f"is not there; looked in {', '.join(map(str, folders))}")
    return _read(found)


def _folders(environment: Environment) -> list[Path]:
    given = environment.get("CREDENTIALS_DIRECTORY")
    return [*([Path(given)] if given else []), environment.home / "secrets", CONTAINER_FOLDER]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None
    return _text(content)


def _run(path: Path, environment: Environment) -> str:
    with _lock:
        at, text = _said.get(path, (0.0, ""))
        if text and time.monotonic() - at < KEPT_SECONDS:
            return text
        text = _ask(path, environment)
        _said[path] = (time.monotonic(), text)
        return text


def _ask(path: Path, environment: Environment) -> str:
    import subprocess

    try:
        status = path.stat()
    except OSError:
        raise ConfigError(f"is not there: put a program at {path}") from None
    if status.st_uid not in (0, os.getuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"{path} may be changed by others: it must be yours, and writable by you alone")
    kept = {name: value for name in ("PATH", "HOME", "LANG") if (value := environment.get(name))}
    try:
        # The operator's own program: the checks above hold whoever else writes the configuration away from it.
        done = subprocess.run(  # noqa: S603
            [str(path)], capture_output=True, timeout=COMMAND_SECONDS, check=False, env=kept
        )
    except OSError as error:
        raise ConfigError(f"{path} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{path} took longer than {COMMAND_SECONDS:.0f} s") from None
    if done.returncode:
        raise ConfigError(f"{path} failed with exit code {done.returncode}")
    return _text(done.stdout)


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise ConfigError(f"is larger than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError("is not text in UTF-8") from None
    if not text:
        raise ConfigError("is empty")
    return text
