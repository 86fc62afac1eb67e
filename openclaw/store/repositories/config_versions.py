"""Config versions: a chain in which every version names the one it replaced."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from openclaw.ports.config_store import ConfigConflict, ConfigVersion, NewConfig, text_hash
from openclaw.store.database import Database
from openclaw.store.models import config_versions
from openclaw.store.repositories.upsert import insert_new
from openclaw.store.rows import AnyRow

_LATEST_ID = select(func.max(config_versions.c.id))
_NEWEST = select(config_versions).order_by(config_versions.c.id.desc()).limit(bindparam("p_limit"))
_ONE = select(config_versions).where(config_versions.c.id == bindparam("p_id"))
_LATEST_WITH = select(func.max(config_versions.c.id)).where(config_versions.c.hash == bindparam("p_hash"))
_ADD = insert_new(config_versions)


class SqlConfigStore:
    """Implements ``ConfigStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest_id(self) -> int:
        """The newest version's id, 0 when there is none."""
        with self._database.read() as connection:
            return connection.execute(_LATEST_ID).scalar_one() or 0

    def latest(self) -> ConfigVersion | None:
        found = self.recent(1)
        return found[0] if found else None

    def version(self, version_id: int) -> ConfigVersion | None:
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_id": version_id}).one_or_none()
        return None if row is None else _version(row)

    def latest_with(self, hash_: str) -> int:
        """The newest version whose text has this hash, 0 for a text that was never in force."""
        with self._database.read() as connection:
            return connection.execute(_LATEST_WITH, {"p_hash": hash_}).scalar_one() or 0

    def add(self, new: NewConfig, base_id: int, now_ms: int) -> ConfigVersion:
        """Put a version on top of ``base_id``. Raises ConfigConflict when that is not the newest any more."""
        hash_ = text_hash(new.text)
        values = {
            "base_id": base_id,
            "hash": hash_,
            "text": new.text,
            "source": new.source,
            "author": new.author,
            "note": new.note,
            "created_at_ms": now_ms,
        }
        with self._database.write() as connection:
            row = connection.execute(_ADD.on(connection), values).one_or_none()
        if row is None:
            raise ConfigConflict("the configuration has changed since it was read; read it again")
        return ConfigVersion(
            id=row.id,
            text=new.text,
            hash=hash_,
            source=new.source,
            author=new.author,
            note=new.note,
            created_at_ms=now_ms,
        )

    def recent(self, limit: int) -> list[ConfigVersion]:
        """The newest versions first."""
        with self._database.read() as connection:
            rows = connection.execute(_NEWEST, {"p_limit": limit}).all()
        return [_version(row) for row in rows]


def _version(row: AnyRow) -> ConfigVersion:
    return ConfigVersion(
        id=row.id,
        text=row.text,
        hash=row.hash,
        source=row.source,
        author=row.author,
        note=row.note,
        created_at_ms=row.created_at_ms,
    )
