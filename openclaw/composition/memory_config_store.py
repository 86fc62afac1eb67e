"""Config versions of one process: where there is no database yet, the file is all that there is."""

from __future__ import annotations

import threading

from openclaw.ports.config_store import ConfigConflict, ConfigVersion, NewConfig, text_hash


class MemoryConfigStore:
    """Implements ``ConfigStore``; passes the same contract suite."""

    def __init__(self) -> None:
        self._versions: list[ConfigVersion] = []
        self._lock = threading.Lock()

    def latest_id(self) -> int:
        return len(self._versions)

    def latest(self) -> ConfigVersion | None:
        return self._versions[-1] if self._versions else None

    def version(self, version_id: int) -> ConfigVersion | None:
        return self._versions[version_id - 1] if 0 < version_id <= len(self._versions) else None

    def latest_with(self, hash_: str) -> int:
        return max((version.id for version in self._versions if version.hash == hash_), default=0)

    def add(self, new: NewConfig, base_id: int, now_ms: int) -> ConfigVersion:
        with self._lock:
            if base_id != len(self._versions):
                raise ConfigConflict("the configuration has changed since it was read; read it again")
            version = ConfigVersion(
                id=base_id + 1,
                text=new.text,
                hash=text_hash(new.text),
                source=new.source,
                author=new.author,
                note=new.note,
                created_at_ms=now_ms,
            )
            self._versions.append(version)
        return version

    def recent(self, limit: int) -> list[ConfigVersion]:
        return self._versions[-1 : -limit - 1 : -1]
