"""Bringing a database to the schema this program knows, and checking that revisions and models agree.

Alembic is imported only when there is something to do, so that starting on a current database stays fast.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from openclaw.errors import ConfigError
from openclaw.store.database import Database
from openclaw.store.models import metadata
from openclaw.store.models.memory import WORD_INDEX

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
#: Any fixed number: two programs that start at once upgrade one after the other.
_ADVISORY_LOCK = 0x0C1A_0001
#: Upgrades may take long; other statements may not.
_UPGRADE_GUARDS = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0"


def head_revision() -> str:
    """The newest revision; revision files are named ``<revision>_<what>.py`` and numbered."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def current_revision(database: Database) -> str | None:
    """The database's revision, ``None`` for an empty database."""
    with database.read() as connection:
        return _revision(connection)


def upgrade(database: Database) -> None:
    """Create or upgrade the schema, in one transaction; safe when several programs start at once.

    Raises ConfigError for a database that a newer program has upgraded.
    """
    if current_revision(database) == head_revision():
        return
    from alembic import command

    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(_UPGRADE_GUARDS))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        revision = _revision(connection)
        if revision is not None and revision > head_revision():
            raise ConfigError(f"the database has revision {revision}, this program knows {head_revision()}: upgrade it")
        command.upgrade(_config(connection), "head")


def check_drift(database: Database) -> list[str]:
    """What the models have and the migrated database lacks, or the other way round; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_described})
        return [str(difference) for difference in compare_metadata(context, metadata)]


def _is_described(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether Alembic can compare it; the index of memory's words is made of statements."""
    return name is None or not name.startswith(WORD_INDEX)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _check() -> list[str]:
    """Migrate an empty SQLite file and compare it with the models, the text of every statement included."""
    with tempfile.TemporaryDirectory() as folder:
        migrated = Database.connect(f"sqlite:///{folder}/migrated.db")
        created = Database.connect(f"sqlite:///{folder}/created.db")
        try:
            upgrade(migrated)
            with created.write() as connection:
                metadata.create_all(connection)
            return check_drift(migrated) + _schema_differences(_schema(migrated), _schema(created))
        finally:
            migrated.close()
            created.close()


def _schema(database: Database) -> dict[str, str]:
    # Alembic does not compare partial indexes' and check constraints' conditions; here all text is. The parts of a
    # table are put in order: a column that was added later stands behind the constraints.
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    with database.read() as connection:
        rows: Any = connection.execute(text(query)).all()
    return {name: "\n".join(sorted(_parts(sql))) for name, sql in rows}


def _parts(sql: str) -> list[str]:
    """The columns and constraints of a table, or the columns of an index; white space folded."""
    head, _, body = sql.partition("(")
    parts, depth = [""], 0
    for char in body:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if (char == "," and depth == 0) or (char == ")" and depth < 0):
            parts.append("")
        else:
            parts[-1] += char
    return [" ".join(part.split()) for part in (head, *parts)]


def _schema_differences(migrated: dict[str, str], created: dict[str, str]) -> list[str]:
    return [
        f"{name}: migrated {migrated.get(name)!r}, models {created.get(name)!r}"
        for name in sorted(migrated.keys() | created.keys())
        if migrated.get(name) != created.get(name)
    ]


def main(arguments: list[str]) -> int:
    """``check``: exit status 1 and one line per difference when revisions and models have drifted apart."""
    if arguments != ["check"]:
        print("usage: python -m openclaw.store.migrate check", file=sys.stderr)  # noqa: T201
        return 2
    differences = _check()
    for difference in differences:
        print(difference)  # noqa: T201
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
