"""The memory files of a workspace: which there are, what is in them, and a new one.

Links are not followed, neither to files nor to folders: what is indexed is shown to models and may be sent to a vendor,
and must not be a file from elsewhere. Hidden names are left out.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from openclaw.domain.memory_scope import MEMORY_FILE, MEMORY_FOLDER
from openclaw.ports.memory import FileState

log = logging.getLogger(__name__)

#: Larger files are left out.
MAX_FILE_BYTES = 1024 * 1024
#: Files of one agent that are indexed.
MAX_FILES = 5_000
MAX_DEPTH = 12

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without blocking, so that a pipe put in a file's place cannot hang the worker.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def memory_files(workspace: Path, extra_paths: tuple[str, ...] = ()) -> dict[str, FileState]:
    """The Markdown files of memory by their path in the workspace, ``/`` between folders; none without a workspace."""
    found: dict[str, FileState] = {}
    for start in (MEMORY_FILE, MEMORY_FOLDER, *extra_paths):
        for path, state in _below(workspace, PurePosixPath(start), MAX_DEPTH):
            if len(found) >= MAX_FILES:
                log.warning("%s has more than %d memory files; the others are left out", workspace, MAX_FILES)
                return found
            found[path] = state
    return found


def read_file(workspace: Path, path: str) -> bytes | None:
    """The content of a file; ``None`` when it is not there, no regular file or too large."""
    place = PurePosixPath(path)
    try:
        with _opened_folder(workspace, place.parent) as folder:
            descriptor = os.open(place.name, _FILE, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE_BYTES:
                    return None
                return file.read(MAX_FILE_BYTES)
    except OSError:
        return None


def write_note(workspace: Path, name: str, text: str) -> bool:
    """Put a note into the memory folder, whole and on disk; false when there is one of that name.

    Raises OSError, also when a link stands in the folder's place.
    """
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (workspace / MEMORY_FOLDER).mkdir(mode=0o700)
    with _opened_folder(workspace, PurePosixPath(MEMORY_FOLDER)) as folder:
        unfinished = f".{uuid.uuid4().hex}.part"
        descriptor = os.open(unfinished, _NEW, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            # A link appears whole or not at all, and never replaces.
            os.link(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return False
        finally:
            os.unlink(unfinished, dir_fd=folder)
        os.fsync(folder)
    return True


@contextmanager
def _opened_folder(workspace: Path, inside: PurePosixPath) -> Iterator[int]:
    """A folder of the workspace, walked to without following links. Raises OSError."""
    folder = os.open(workspace.resolve(), _FOLDER)
    try:
        for part in inside.parts:
            following = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = following
        yield folder
    finally:
        os.close(folder)


def _below(workspace: Path, place: PurePosixPath, depth: int) -> Iterator[tuple[str, FileState]]:
    """A file, or the files of a folder; in the order of their names."""
    try:
        with _opened_folder(workspace, place.parent) as folder:
            found = os.stat(place.name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode) and depth:
                names = _names(place.name, folder)
            elif _counts(place, found):
                yield str(place), FileState(found.st_size, found.st_mtime_ns)
                return
            else:
                return
    except OSError:
        return
    for name in names:
        yield from _below(workspace, place / name, depth - 1)


def _names(folder_name: str, parent: int) -> list[str]:
    folder = os.open(folder_name, _FOLDER, dir_fd=parent)
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith(".") and _is_text(name))  # noqa: PTH208 - a descriptor
    finally:
        os.close(folder)


def _counts(place: PurePosixPath, found: os.stat_result) -> bool:
    if place.suffix != ".md" or not stat.S_ISREG(found.st_mode):
        return False
    if found.st_size > MAX_FILE_BYTES:
        log.warning("memory file %s is larger than %d bytes and left out", place, MAX_FILE_BYTES)
        return False
    return True


def _is_text(name: str) -> bool:
    """Whether a name can be written in UTF-8, as the database wants it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
