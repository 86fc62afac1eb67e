"""Which programs skills find: looked up once, and again when a folder of programs has changed."""

from __future__ import annotations

import os
import shutil
import threading


class Programs:
    """Thread-safe. ``path`` is where commands of agents find theirs."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._folders = [folder for folder in path.split(os.pathsep) if folder]
        self._found: dict[str, bool] = {}
        self._of: tuple[int, ...] = ()
        self._lock = threading.Lock()

    def stamp(self) -> tuple[int, ...]:
        """Another one once a program may have come or gone."""
        return tuple(map(_changed_at, self._folders))

    def has(self, name: str) -> bool:
        """Whether there is a program of this name; a path is none."""
        stamp = self.stamp()
        with self._lock:
            if stamp != self._of:
                self._found, self._of = {}, stamp
            if name not in self._found:
                self._found[name] = "/" not in name and shutil.which(name, path=self._path) is not None
            return self._found[name]


def _changed_at(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - a third of the time, and each turn does it
    except OSError:
        return 0
