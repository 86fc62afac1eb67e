"""Change files of the workspace and nothing else: whole files, in one move, through no link that leads out.

Readers see the old file or the new one. The walk to a file's folder goes by descriptors and follows no links, so one
that is put there in the meantime leads nowhere.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from openclaw.errors import ToolError
from openclaw.tools.workspace_path import inside_workspace, made, open_in_workspace, reason

#: Bytes of a file that is written at once.
MAX_WRITE_BYTES = 1024 * 1024

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
#: A temporary name must fit beside any other.
_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A file's folder, open, and its name there. ``inside`` is its path relative to the workspace."""

    folder: int
    name: str
    inside: Path

    def existing(self) -> os.stat_result | None:
        """What stands there; ``None`` for nothing. Raises ToolError for anything but a regular file or a link."""
        try:
            found = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise ToolError(f"{self.inside}: is {what}.")
        return found


@contextmanager
def place_of(workspace: Path, path: str, *, make_folders: bool = False) -> Iterator[Place]:
    """Open the folder of a file that may not be there yet. Raises ToolError for anything outside the workspace."""
    inside = _target(workspace, path)
    if not inside.name:
        raise ToolError(f"{path}: is a folder, not a file.")
    try:
        folder = open_folder(workspace.resolve(), inside.parent, make=make_folders)
    except OSError as error:
        raise ToolError(f"{path}: its folder cannot be opened ({error.strerror}).") from None
    try:
        yield Place(folder, inside.name, inside)
    except OSError as error:
        raise ToolError(f"{path}: cannot be changed ({error.strerror}).") from None
    finally:
        os.close(folder)


def _target(workspace: Path, path: str) -> Path:
    """Where the file is, links resolved, relative to the workspace; where it would be, when it is not there."""
    try:
        return inside_workspace(workspace, path)
    except ToolError:
        if "\x00" in path or not path.strip() or ".." in Path(path).parts:
            raise
    root = made(workspace)
    wanted = root / path
    try:
        parent = wanted.parent.resolve()
        leads_out = wanted.exists() and not wanted.resolve().is_relative_to(root)
    except (OSError, RuntimeError) as error:
        raise ToolError(f"{path}: cannot be resolved ({reason(error)}).") from None
    if leads_out or not parent.is_relative_to(root):
        raise ToolError(f"{path}: lies outside the workspace.")
    return (parent / wanted.name).relative_to(root)


def open_folder(root: Path, inside: Path, *, make: bool = False) -> int:
    """Walk to a folder without following links, making what is missing if asked. Raises OSError."""
    descriptor = os.open(root, _DIRECTORY)
    try:
        for part in inside.parts:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, _FOLDER_MODE, dir_fd=descriptor)
            following = os.open(part, _DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = following
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def replace_file(folder: int, name: str, raw: bytes, mode: int = _FILE_MODE) -> None:
    """Put a whole file in the place of another or of none, on disk before it is seen. Raises OSError."""
    temporary = f".{os.fsdecode(os.fsencode(name)[:_NAME_BYTES])}.{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(temporary, _NEW, _FILE_MODE, dir_fd=folder), "wb") as file:
            file.write(raw)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def write_text(place: Place, text: str) -> bool:
    """Write a whole text; true when the file was there before. A file keeps its mode. Raises ToolError or OSError."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise ToolError(f"{place.inside}: the text holds half a surrogate pair, which no file can.") from None
    if len(raw) > MAX_WRITE_BYTES:
        raise ToolError(f"{place.inside}: {len(raw)} bytes are more than the {MAX_WRITE_BYTES} that can be written.")
    found = place.existing()
    kept = stat.S_IMODE(found.st_mode) if found is not None and stat.S_ISREG(found.st_mode) else _FILE_MODE
    replace_file(place.folder, place.name, raw, kept)
    return found is not None


def read_text(workspace: Path, path: str) -> str:
    """A whole text file as it is, line ends and all. Raises ToolError."""
    with open_in_workspace(workspace, path) as file:
        raw = file.read(MAX_WRITE_BYTES + 1)
    if len(raw) > MAX_WRITE_BYTES:
        raise ToolError(f"{path}: is larger than {MAX_WRITE_BYTES} bytes and cannot be edited.")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ToolError(f"{path}: is no UTF-8 text and cannot be edited.") from None
