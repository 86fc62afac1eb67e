"""Media files in one folder, each for a limited time.

An id is the file's name, ``<name, at most 60 characters>---<uuid>.<extension>``. Names are made of letters, digits
and ``. _ -`` alone and the folder is flat, so no id leads out of it; links are never followed. A file appears whole or
not at all, readable by its owner only. Its age is its modification time, so every process sees the same expiry.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

from openclaw.domain.envelope import MediaRef
from openclaw.errors import InvalidRequest
from openclaw.media.content_type import content_type, mime_of_extension
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.media import StoredMedia

MAX_BYTES = 5 * 1024 * 1024
TTL_SECONDS = 120.0
#: The longest id that is looked up.
MAX_ID_CHARS = 200

_NAME_CHARS = 60
#: File systems count bytes: 255 must hold the name, the separator, the uuid and the extension.
_NAME_BYTES = 180
_SEPARATOR = "---"
_PART = ".part"
_SAFE_ID = re.compile(r"(?P<name>[\w.-]{1,60})---[0-9a-f]{32}\.(?P<extension>[0-9A-Za-z]{1,10})")
_UNSAFE = re.compile(r"[^\w.-]+")


class FileMediaStore:
    """A media store on a file system. Thread-safe, and safe beside other processes on the same folder."""

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = MAX_BYTES,
        ttl_seconds: float = TTL_SECONDS,
        clock: Clock = system_clock,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._ttl_ms = round(ttl_seconds * 1000)
        self._clock = clock
        self._lock = threading.Lock()
        self._swept_at_ms = 0

    def save(self, content: bytes, *, name: str = "", declared_mime: str = "") -> MediaRef:
        """Keep a file for the TTL. Raises InvalidRequest past the size cap or for an empty one."""
        if not content:
            raise InvalidRequest("a media file may not be empty")
        if len(content) > self._max_bytes:
            raise InvalidRequest(f"a media file may have at most {self._max_bytes} bytes, this one has {len(content)}")
        kind = content_type(content, declared_mime, name)
        stem = _safe_stem(name)
        media_id = f"{stem}{_SEPARATOR}{uuid.uuid4().hex}.{kind.extension}"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._write(media_id, content)
        self._sweep_sometimes()
        return MediaRef(media_id, kind.mime, f"{stem}.{kind.extension}", len(content))

    def open(self, media_id: str) -> StoredMedia | None:
        """Find a file; ``None`` for an unknown, expired or unsafe id."""
        parts = _SAFE_ID.fullmatch(media_id) if len(media_id) <= MAX_ID_CHARS else None
        if parts is None or media_id.startswith("."):
            return None
        path = self._folder / media_id
        try:
            found = path.lstat()
        except OSError:
            return None
        expires_at_ms = _modified_ms(found) + self._ttl_ms
        if not stat.S_ISREG(found.st_mode) or self._clock() >= expires_at_ms:
            return None
        extension = parts["extension"]
        ref = MediaRef(media_id, mime_of_extension(extension), f"{parts['name']}.{extension}", found.st_size)
        return StoredMedia(ref, path, expires_at_ms)

    def sweep(self) -> int:
        """Delete what has expired, unfinished files among it; how many."""
        deleted = 0
        for entry in self._files():
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and self._clock() >= _modified_ms(found) + self._ttl_ms:
                    Path(entry.path).unlink()
                    deleted += 1
        return deleted

    def _write(self, media_id: str, content: bytes) -> None:
        unfinished = self._folder / f".{uuid.uuid4().hex}{_PART}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            now_ns = self._clock() * 1_000_000
            os.utime(unfinished, ns=(now_ns, now_ns))
            unfinished.rename(self._folder / media_id)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def _files(self) -> Iterator[os.DirEntry[str]]:
        """The store's own files; whatever else lies in the folder is not ours to delete."""
        try:
            with os.scandir(self._folder) as entries:
                yield from (e for e in entries if _SAFE_ID.fullmatch(e.name) or e.name.endswith(_PART))
        except FileNotFoundError:
            return

    def _sweep_sometimes(self) -> None:
        """Sweep along with a save, at most once per TTL and process."""
        now_ms = self._clock()
        with self._lock:
            if now_ms - self._swept_at_ms < self._ttl_ms:
                return
            self._swept_at_ms = now_ms
        self.sweep()


def _modified_ms(found: os.stat_result) -> int:
    return found.st_mtime_ns // 1_000_000


def _safe_stem(name: str) -> str:
    """A file name's stem with nothing in it that a path, a header or a shell could mistake."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] if "." in base.strip(".") else base
    clean = _UNSAFE.sub("_", stem).strip("._-")[:_NAME_CHARS]
    while len(clean.encode("utf-8", "replace")) > _NAME_BYTES:
        clean = clean[:-1]
    return clean.strip("._-") or "file"
