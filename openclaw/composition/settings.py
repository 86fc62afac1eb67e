"""The configuration of this process: read once from file and database, then followed.

A process needs its own file, or the environment, for the addresses of database and Redis; everything else it takes from
the newest version in the database, so that a host which joins a cluster needs no more than those two.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from openclaw.composition.config_editor import ANY_VERSION, adopt_file
from openclaw.composition.live_settings import Current, LiveSettings
from openclaw.errors import ConfigError, StoreUnavailable
from openclaw.ports.clock import system_clock
from openclaw.ports.config_store import ConfigVersion
from openclaw.settings.environment import Environment, read_environment
from openclaw.settings.load import settings_from_text, settings_of
from openclaw.settings.schema import Settings
from openclaw.store.database import Database
from openclaw.store.migrate import current_revision
from openclaw.store.repositories.config_versions import SqlConfigStore

log = logging.getLogger(__name__)

#: The first schema revision that has config versions.
_FIRST_REVISION = "0002"


@cache
def live_settings() -> LiveSettings:
    """This process's settings. Raises ConfigError when neither file nor database has any that can be used."""
    return read_live_settings(read_environment())


# A forked child reads its own: its parent's may be old, and their lock may be held by a thread that it has not got.
os.register_at_fork(after_in_child=live_settings.cache_clear)


def process_settings() -> Settings:
    """The settings as they are now."""
    return live_settings().settings


def read_live_settings(environment: Environment) -> LiveSettings:
    """Read the file, then prefer the newest stored version. Raises ConfigError."""
    problem = ""
    own: Settings | None = None
    try:
        own = settings_of(environment)
        url = own.database_url.reveal()
    except ConfigError as error:
        # A broken file must not keep a process down that knows a good version.
        problem = str(error)
        url = environment.get("OPENCLAW_DATABASE_URL") or f"sqlite:///{environment.home / 'openclaw.db'}"
    stored = stored_config(url)
    if stored is not None:
        try:
            settings = settings_from_text(environment, stored.text)
            if settings.database_url.reveal() != url:
                # The version names another database than the one it was found in: that one takes a restart.
                settings = settings_from_text(_found_in(environment, url), stored.text)
            return LiveSettings(environment, Current(stored.id, settings), problem)
        except ConfigError as error:
            problem = problem or f"config version {stored.id} cannot be used here: {error}"
            log.error("%s", problem)  # noqa: TRY400 - no bug of ours
    if own is None:
        raise ConfigError(problem)
    return LiveSettings(environment, Current(0, own), problem)


def adopt_edits(environment: Environment, *, always: bool = False) -> None:
    """Make an edit of the config file the newest version, before anything is read; see ``adopt_file``.

    A file that cannot be used and a database that is not there are left to whoever reads the settings next.
    """
    try:
        with config_store(settings_of(environment).database_url.reveal()) as store:
            if store is not None:
                adopt_file(store, environment, system_clock(), back_from=ANY_VERSION if always else 0)
    except (ConfigError, StoreUnavailable) as error:
        log.warning("the config file was not taken up: %s", error)


def stored_config(url: str) -> ConfigVersion | None:
    """The newest version in a database; ``None`` when it has none, is not there yet or does not answer."""
    try:
        with config_store(url) as store:
            return None if store is None else store.latest()
    except StoreUnavailable as error:
        log.warning("the stored configuration cannot be read: %s", error)
        return None


@contextmanager
def config_store(url: str) -> Iterator[SqlConfigStore | None]:
    """The versions in a database for a moment; ``None`` when it is not there or older than they are."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite") and not Path(parsed.database or "").expanduser().exists():
        yield None  # opening it would make it
        return
    database = Database.connect(url, pool_size=1)
    try:
        has_versions = (current_revision(database) or "") >= _FIRST_REVISION
        yield SqlConfigStore(database) if has_versions else None
    finally:
        database.close()


def _found_in(environment: Environment, url: str) -> Environment:
    return dataclasses.replace(environment, values={**environment.values, "OPENCLAW_DATABASE_URL": url})
