"""``[database]``, ``[redis]``, ``[media]``, ``[log]``: where things are kept."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from dataclasses import dataclass

from openclaw.ports.secrets import Secret
from openclaw.settings.option import option

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class DatabaseSection:
    """``[database]``"""

    url: Secret | None = option(
        None, "SQLAlchemy URL.", reload="process", default_says="`sqlite:///<home>/openclaw.db`"
    )


@dataclass(frozen=True, slots=True)
class Redis:
    """``[redis]``"""

    url: Secret | None = option(
        None, "An existing server; none is started when set.", reload="process", default_says="an embedded server"
    )
    server: str | None = option(
        None,
        "Program of the embedded server.",
        form="path",
        reload="process",
        default_says="valkey-server or redis-server on PATH, else the packaged one",
    )


@dataclass(frozen=True, slots=True)
class Media:
    """``[media]``"""

    ttl_seconds: int = option(7 * 24 * 3600, "How long a file is kept.", minimum=60)
    kept_days: float = option(30.0, "How long files of conversations are kept in the database.", minimum=0.01)
    max_bytes: int = option(20 * 1024 * 1024, "Largest file taken in.", minimum=1024)


@dataclass(frozen=True, slots=True)
class Log:
    """``[log]``"""

    level: str = option("INFO", "Least severe level that is written.", one_of=LOG_LEVELS)
