"""Bring the database to the current schema, in a process of its own.

The supervisor lives for weeks and should not carry the database library along for one second's work.
"""

from __future__ import annotations

import sys

from openclaw.errors import ConfigError, OpenClawError
from openclaw.settings.environment import read_environment


def main() -> None:
    """Migrate the database that ``OPENCLAW_DATABASE_URL`` names; errors go to stderr, without the URL."""
    from openclaw.store.database import Database
    from openclaw.store.migrate import upgrade

    url = read_environment().get("OPENCLAW_DATABASE_URL")
    try:
        if url is None:
            raise ConfigError("OPENCLAW_DATABASE_URL is not set")
        upgrade(Database.connect(url))
    except OpenClawError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
