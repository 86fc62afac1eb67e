"""Where a Unix socket can live: its path may not pass some 100 bytes, and nobody else may reach it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from openclaw.errors import ConfigError

#: Linux allows 107 bytes, macOS 103.
MAX_SOCKET_PATH_BYTES = 103
SOCKET_NAME = "s.sock"
_RECORD_NAME = "socket-folder"


def private_folder(folder: Path) -> Path:
    """Make a folder that only we can enter. Raises ConfigError when it is someone else's or a link."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}") from error
    if not _is_ours(folder):
        raise ConfigError(f"{folder} must be a folder that belongs to this user, not a link")
    folder.chmod(0o700)
    return folder


def socket_path(folder: Path) -> Path:
    """The place of the socket: in ``folder``, or in a short private folder that is recorded there.

    Callers must hold the folder's lock when no server runs, because this may make the short folder.
    """
    direct = folder / SOCKET_NAME
    if _fits(direct):
        return direct
    recorded = recorded_socket_path(folder)
    if recorded is not None:
        return recorded
    for parent in (None, "/tmp"):  # noqa: S108  (mkdtemp makes it private and unguessable)
        short = Path(tempfile.mkdtemp(prefix="openclaw-", dir=parent))
        if _fits(short / SOCKET_NAME):
            record = folder / _RECORD_NAME
            fresh = record.with_suffix(".new")
            fresh.write_text(str(short))
            fresh.replace(record)
            return short / SOCKET_NAME
        short.rmdir()
    raise ConfigError(f"no folder with a short enough path for a socket; move {folder} to a shorter one")


def recorded_socket_path(folder: Path) -> Path | None:
    """Where the socket was put, if that place is still there and still ours."""
    direct = folder / SOCKET_NAME
    if _fits(direct):
        return direct
    try:
        short = Path((folder / _RECORD_NAME).read_text())
    except FileNotFoundError:
        return None
    private = _is_ours(short) and stat.S_IMODE(short.lstat().st_mode) == 0o700  # noqa: PLR2004
    return short / SOCKET_NAME if private else None


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
