"""``file.list``, ``file.read``, ``file.write``: files in folders that this machine's user has chosen.

A path leads nowhere else, however it is written and wherever its links point.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openclaw.errors import ToolError
from openclaw.nodes.job import Job, NodeRefused, text_of
from openclaw.tools.workspace_path import inside_workspace, open_in_workspace
from openclaw.tools.workspace_write import open_folder, replace_file

#: Bytes that one answer or one write holds.
MAX_BYTES = 4 * 1024 * 1024
MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """A folder that agents may look into, and write into if ``writable``."""

    path: Path
    writable: bool = False

    @classmethod
    def parse(cls, text: str) -> SharedFolder:
        """``PATH`` or ``PATH:rw``. Raises ValueError for what is no folder."""
        writable = text.endswith(":rw")
        path = Path(text.removesuffix(":rw")).expanduser().absolute()
        if not path.is_dir():
            raise ValueError(f"{path} is no folder")
        return cls(path.resolve(), writable)


class Folders:
    """The shared folders of one node."""

    def __init__(self, folders: Sequence[SharedFolder]) -> None:
        self._folders = tuple(folders)

    @property
    def writable(self) -> bool:
        return any(folder.writable for folder in self._folders)

    def list(self, params: dict[str, Any], _job: Job) -> dict[str, Any]:
        """The entries of a folder; of none, the shared folders themselves."""
        if not params.get("path"):
            shared = [{"path": str(f.path), "kind": "directory", "writable": f.writable} for f in self._folders]
            return {"entries": shared, "truncated": False}
        folder, rest = self._find(text_of(params, "path"))
        inside = _inside(folder, rest)
        descriptor = _open_folder(folder.path, inside, "CANNOT_READ")
        try:
            names = sorted(os.listdir(descriptor))  # noqa: PTH208 - by descriptor: a link put there meanwhile leads nowhere
            entries = [_entry(descriptor, name) for name in names[:MAX_ENTRIES]]
        finally:
            os.close(descriptor)
        return {"path": str(folder.path / inside), "entries": entries, "truncated": len(names) > MAX_ENTRIES}

    def read(self, params: dict[str, Any], _job: Job) -> dict[str, Any]:
        """A file's content: as text where it is, else in base64."""
        folder, rest = self._find(text_of(params, "path"))
        offset = params.get("offset", 0)
        if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
            raise NodeRefused("BAD_PARAMS", "offset must be a number of bytes")
        try:
            with open_in_workspace(folder.path, rest or ".") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(offset)
                raw = file.read(MAX_BYTES)
        except ToolError as error:
            raise NodeRefused("CANNOT_READ", str(error)) from error
        content, encoding = _encoded(raw)
        return {
            "path": str(folder.path / rest),
            "size": size,
            "offset": offset,
            "content": content,
            "encoding": encoding,
            "truncated": offset + len(raw) < size,
        }

    def write(self, params: dict[str, Any], _job: Job) -> dict[str, Any]:
        """Put a whole file in the place of another or of none. Readers see the old one or the new one."""
        folder, rest = self._find(text_of(params, "path"))
        if not folder.writable:
            raise NodeRefused("READ_ONLY", f"{folder.path} is shared for reading only")
        raw = _decoded(text_of(params, "content"), params.get("encoding", "utf8"))
        name = Path(rest).name
        if not name or name == "..":
            raise NodeRefused("BAD_PARAMS", "path must name a file")
        parent = _inside(folder, str(Path(rest).parent))
        descriptor = _open_folder(folder.path, parent, "CANNOT_WRITE")
        try:
            replace_file(descriptor, name, raw)
        except OSError as error:
            raise NodeRefused("CANNOT_WRITE", f"{params['path']}: {error.strerror}") from error
        finally:
            os.close(descriptor)
        return {"path": str(folder.path / parent / name), "size": len(raw)}

    def _find(self, path: str) -> tuple[SharedFolder, str]:
        """The shared folder that a path lies in, and the rest of the path."""
        wanted = Path(path).expanduser()
        if "\0" in path or ".." in wanted.parts:
            raise NodeRefused("BAD_PARAMS", "the path must not contain '..'")
        if not wanted.is_absolute() and len(self._folders) == 1:
            return self._folders[0], str(wanted)
        fitting = [folder for folder in self._folders if wanted.is_relative_to(folder.path)]
        if not fitting:
            shared = ", ".join(str(folder.path) for folder in self._folders)
            raise NodeRefused("NOT_SHARED", f"{path} is in no shared folder; shared: {shared}")
        deepest = max(fitting, key=lambda folder: len(folder.path.parts))
        return deepest, str(wanted.relative_to(deepest.path))


def _inside(folder: SharedFolder, rest: str) -> Path:
    try:
        return inside_workspace(folder.path, rest or ".")
    except ToolError as error:
        raise NodeRefused("CANNOT_READ", str(error)) from error


def _entry(folder: int, name: str) -> dict[str, Any]:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return {"name": name, "kind": "unknown"}
    kinds = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(found.st_mode), "other")
    return {"name": name, "kind": kind, "size": found.st_size, "modifiedAtMs": found.st_mtime_ns // 1_000_000}


def _open_folder(root: Path, inside: Path, code: str) -> int:
    try:
        return open_folder(root, inside)
    except OSError as error:
        raise NodeRefused(code, f"{root / inside}: {error.strerror}") from error


def _encoded(raw: bytes) -> tuple[str, str]:
    if b"\0" not in raw:
        try:
            return raw.decode(), "utf8"
        except UnicodeDecodeError:
            pass
    return base64.b64encode(raw).decode(), "base64"


def _decoded(content: str, encoding: Any) -> bytes:
    try:
        raw = base64.b64decode(content, validate=True) if encoding == "base64" else content.encode()
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise NodeRefused("BAD_PARAMS", f"content cannot be read: {error}") from error
    if len(raw) > MAX_BYTES:
        raise NodeRefused("BAD_PARAMS", f"content is larger than {MAX_BYTES} bytes")
    return raw
