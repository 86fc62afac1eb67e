"""Credentials with model vendors, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from openclaw.ports.auth_profiles import StoredProfile
from openclaw.store.database import Database
from openclaw.store.models import auth_profiles

_own = (auth_profiles.c.provider == bindparam("p_provider"), auth_profiles.c.name == bindparam("p_name"))
_ALL = select(auth_profiles).order_by(auth_profiles.c.provider, auth_profiles.c.place, auth_profiles.c.name)
_LAST = select(func.coalesce(func.max(auth_profiles.c.place), 0)).where(
    auth_profiles.c.provider == bindparam("p_provider")
)
_NEW: dict[str, Any] = {
    "kind": bindparam("p_kind"),
    "sealed": bindparam("p_sealed"),
    "created_at_ms": bindparam("p_created"),
}
_REPLACE = update(auth_profiles).where(*_own).values(_NEW)
_REMOVE = delete(auth_profiles).where(*_own)
_NAMES = (
    select(auth_profiles.c.name)
    .where(auth_profiles.c.provider == bindparam("p_provider"))
    .order_by(auth_profiles.c.place, auth_profiles.c.name)
)
_PLACE = update(auth_profiles).where(*_own).values(place=bindparam("p_place"), placed=bindparam("p_placed"))


class SqlAuthProfiles:
    """Implements ``AuthProfileStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredProfile]:
        """Every one, in their places."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL).all()
        return [
            StoredProfile(row.provider, row.name, row.sealed, row.created_at_ms, row.kind, row.placed) for row in rows
        ]

    def put(self, profile: StoredProfile) -> bool:
        """Store one, or another credential under the same name."""
        own = {"p_provider": profile.provider, "p_name": profile.name}
        stored = {"p_sealed": profile.sealed, "p_created": profile.created_at_ms, "p_kind": profile.kind}
        with self._database.write() as connection:
            if connection.execute(_REPLACE, {**own, **stored}).rowcount:
                return False
            place = connection.execute(_LAST, {"p_provider": profile.provider}).scalar_one() + 1
            connection.execute(
                insert(auth_profiles),
                {
                    "provider": profile.provider,
                    "name": profile.name,
                    "kind": profile.kind,
                    "sealed": profile.sealed,
                    "place": place,
                    "created_at_ms": profile.created_at_ms,
                },
            )
        return True

    def remove(self, provider: str, name: str) -> bool:
        """Forget one."""
        with self._database.write() as connection:
            return bool(connection.execute(_REMOVE, {"p_provider": provider, "p_name": name}).rowcount)

    def order(self, provider: str, names: Sequence[str]) -> None:
        """Try these first; the others follow as they were."""
        with self._database.write() as connection:
            known = connection.execute(_NAMES, {"p_provider": provider}).scalars().all()
            wanted = [name for name in names if name in known]
            for place, name in enumerate([*wanted, *(name for name in known if name not in wanted)], start=1):
                where = {"p_place": place, "p_placed": name in wanted}
                connection.execute(_PLACE, {"p_provider": provider, "p_name": name, **where})
