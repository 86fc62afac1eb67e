"""What a platform delivers once only: each message is a file from when it arrives until it is stored.

Whoever dies in between loses nothing: the next connection on this host stores what it finds, and what was stored by
then is known by its event's id.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

_SUFFIX = ".json"


class Journal:
    """Messages as texts, in a folder of an account's: both are made with mode 0700. Any thread or process adds; one
    reader removes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = itertools.count()

    def add(self, text: str) -> str:
        """Keep one more; the name it has here. It is on disk when this returns. Raises OSError."""
        name = f"{time.time_ns():020d}-{next(self._count):06d}-{os.getpid()}{_SUFFIX}"
        self.replace(name, text)
        return name

    def replace(self, name: str, text: str) -> None:
        """Put another text in place of one. Raises OSError; a crash leaves the one or the other."""
        # Folders that are made on the way have the mode of the process.
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(name)
        fresh = path.with_suffix(".part")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, name: str) -> None:
        """It is stored."""
        self._path(name).unlink(missing_ok=True)

    def entries(self) -> list[tuple[str, str]]:
        """Names and texts, oldest first. Unreadable ones stay where they are."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                found.append((path.name, path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def _path(self, name: str) -> Path:
        return self._folder / Path(name).name
