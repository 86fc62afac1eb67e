"""Bring the database to the current schema and the config file into it, in a process of its own.

The supervisor lives for weeks and should not carry the database library along for one second's work.
"""

from __future__ import annotations

import sys

from openclaw.errors import ConfigError, OpenClawError
from openclaw.settings.environment import read_environment


def main() -> None:
    """Migrate the database that ``OPENCLAW_DATABASE_URL`` names; errors go to stderr, without the URL."""
    from openclaw.composition.settings import adopt_edits
    from openclaw.store.database import Database
    from openclaw.store.migrate import upgrade

    environment = read_environment()
    url = environment.get("OPENCLAW_DATABASE_URL")
    try:
        if url is None:
            raise ConfigError("OPENCLAW_DATABASE_URL is not set")
        upgrade(Database.connect(url))
        # On one machine the file is what its user believes in, also when it says what it said long ago.
        adopt_edits(environment, always=True)
    except OpenClawError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
