"""Files of people, which lie in Messages' own folder on the Mac, and files of ours, which wait for Messages there.

Where the Mac is another host, ssh runs ``head`` and ``cat`` on it. Nothing outside of the attachments' folder is read,
whatever imsg says.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from openclaw.channels.imessage.config import IMessageConfig
from openclaw.channels.imessage.limits import FILE_SECONDS
from openclaw.errors import ChannelUnreachable
from openclaw.ports.channel import OutboundFile
from openclaw.ports.channel_connection import Tenure

#: The status of ssh itself, when it did not reach the host.
_SSH_FAILED = 255
#: Between two looks whether a slow transfer must be given up. Seconds.
_LOOK_SECONDS = 0.2
#: Any person's home on a Mac.
_HOME = r"/(?:Users/[^/]+|var/root|private/var/root)"
_UNFIT_FOR_NAMES = re.compile(r"[^\w.() +@-]")
_MAX_NAME_CHARS = 120


class MacFiles:
    """Reads and lends files for one account."""

    def __init__(self, config: IMessageConfig, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._outgoing = folder / "outgoing"

    def prepare(self) -> None:
        """Make the account's folder, into which nobody else may look. What was left over from sending goes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(self._outgoing, ignore_errors=True)

    def read(self, path: str, tenure: Tenure) -> bytes | None:
        """What an attachment holds; ``None`` for one that is elsewhere, gone or too large.

        Raises ChannelUnreachable when the Mac cannot be asked, or the tenure is over.
        """
        limit = self._config.max_download_bytes
        content = self._read_there(path, limit, tenure) if self._config.ssh_host else self._read_here(path, limit)
        return content if content is not None and len(content) <= limit else None

    @contextmanager
    def lend(self, file: OutboundFile) -> Iterator[str]:
        """A file for Messages, by its path on the Mac, for as long as the block lasts."""
        place = f"openclaw-{uuid.uuid4().hex}"
        name = _file_name(file.name)
        with (
            self._lend_there(place, name, file.content)
            if self._config.ssh_host
            else self._lend_here(place, name, file.content) as path
        ):
            yield path

    def _read_here(self, path: str, limit: int) -> bytes | None:
        root = Path(self._config.attachments_path).expanduser().resolve()
        try:
            found = Path(path).expanduser().resolve(strict=True)
            if not found.is_relative_to(root) or not found.is_file():
                return None
            with found.open("rb") as stream:
                return stream.read(limit + 1)
        except OSError:
            return None

    def _read_there(self, path: str, limit: int, tenure: Tenure) -> bytes | None:
        if not _lies_in(path, self._config.attachments_path):
            return None
        command = (*self._config.on_host, f"head -c {limit + 1} {shlex.quote(path)}")
        status, content = _run(command, b"", tenure)
        if status == _SSH_FAILED:
            raise ChannelUnreachable("imessage: the Mac cannot be reached for a file")
        return content if status == 0 else None

    @contextmanager
    def _lend_here(self, place: str, name: str, content: bytes) -> Iterator[str]:
        folder = self._outgoing / place
        folder.mkdir(mode=0o700, parents=True)
        try:
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(content)
            yield str(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _lend_there(self, place: str, name: str, content: bytes) -> Iterator[str]:
        folder = f"{self._config.outgoing_path.rstrip('/')}/{place}"
        path = f"{folder}/{name}"
        put = f"umask 077 && mkdir {folder} && cat > {shlex.quote(path)}"
        try:
            status, _ = _run((*self._config.on_host, put), content)
            if status != 0:
                raise ChannelUnreachable(f"imessage: a file could not be put on the Mac (status {status})")
            yield path
        finally:
            _run((*self._config.on_host, f"rm -rf {folder}"), b"")


def _run(command: Sequence[str], content: bytes, tenure: Tenure | None = None) -> tuple[int, bytes]:
    """Run a program with this on its stdin: its status and what it said.

    Raises ChannelUnreachable when it does not start or end, or the tenure is over.
    """
    waits = range(int(FILE_SECONDS / _LOOK_SECONDS))
    try:
        process = subprocess.Popen(  # noqa: S603  (the operator's)
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise ChannelUnreachable(f"imessage: {command[0]} does not start: {error}") from error
    given: bytes | None = content
    with process:
        for _ in waits:
            if tenure is not None and tenure.over:
                break
            try:
                out, _ignored = process.communicate(given, timeout=_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                given = None  # it is on its way
                continue
            return process.returncode, out
        process.kill()
        process.communicate()
    raise ChannelUnreachable("imessage: a file's transfer was given up")


def _lies_in(path: str, folder: str) -> bool:
    """Whether a path on another host is below a folder there, as far as its text tells."""
    if not path.startswith("/") or ".." in PurePosixPath(path).parts or any(char < " " for char in path):
        return False
    root = folder.rstrip("/")
    pattern = _HOME + re.escape(root[1:]) if root.startswith("~/") else re.escape(root)
    return re.match(rf"{pattern}/", path) is not None


def _file_name(name: str) -> str:
    """The name that people see; no path, nothing hidden."""
    return _UNFIT_FOR_NAMES.sub("_", name.rpartition("/")[2]).lstrip(".-")[-_MAX_NAME_CHARS:] or "file"
