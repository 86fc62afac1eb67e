"""Open a file of the workspace and nothing else, however its path is written or its links point."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from openclaw.errors import ToolError

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without blocking, so that a pipe put in a file's place cannot hang the worker.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def made(workspace: Path) -> Path:
    """The workspace, links resolved; an agent that never wrote anything has none yet. Raises ToolError."""
    try:
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        return workspace.resolve(strict=True)
    except OSError as error:
        raise ToolError(f"The workspace cannot be made ({reason(error)}).") from None


def inside_workspace(workspace: Path, path: str) -> Path:
    """The path relative to the workspace, links resolved. Raises ToolError for anything outside of it."""
    if "\x00" in path or not path.strip():
        raise ToolError("The path is empty or not a path.")
    if ".." in Path(path).parts:
        raise ToolError(f"{path}: '..' is not allowed; give a path inside the workspace.")
    try:
        root = workspace.resolve(strict=True)
        resolved = (root / path).resolve(strict=True)
    except FileNotFoundError:
        raise ToolError(f"{path}: there is no such file in the workspace.") from None
    except (OSError, RuntimeError) as error:
        raise ToolError(f"{path}: cannot be resolved ({reason(error)}).") from None
    if not resolved.is_relative_to(root):
        raise ToolError(f"{path}: lies outside the workspace.")
    return resolved.relative_to(root)


def open_in_workspace(workspace: Path, path: str) -> BinaryIO:
    """Open a regular file for reading, in binary. Raises ToolError.

    The resolved path is walked again without following links, so a link put there in the meantime cannot lead out.
    """
    relative = inside_workspace(workspace, path)
    if not relative.parts:
        raise ToolError(f"{path}: is a folder, not a file.")
    folder = os.open(workspace.resolve(), _DIRECTORY)
    try:
        for part in relative.parts[:-1]:
            following = os.open(part, _DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = following
        _require_regular(os.stat(relative.name, dir_fd=folder, follow_symlinks=False), path)
        descriptor = os.open(relative.name, _FILE, dir_fd=folder)
    except OSError as error:
        raise ToolError(f"{path}: cannot be opened ({reason(error)}).") from None
    finally:
        os.close(folder)
    file = os.fdopen(descriptor, "rb")
    try:
        _require_regular(os.fstat(descriptor), path)
    except ToolError:
        file.close()
        raise
    return file


def _require_regular(found: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise ToolError(f"{path}: is a folder, not a file.")
    if not stat.S_ISREG(found.st_mode):
        raise ToolError(f"{path}: is not a regular file.")


def reason(error: Exception) -> str:
    """What the system says of it, without the path that it may name."""
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
