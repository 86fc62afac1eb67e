"""The configuration of this machine, edited without a gateway: the file, and the database if there is one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from openclaw.composition.config_editor import ANY_VERSION, ConfigEditor, ConfigSnapshot, adopt_file
from openclaw.composition.live_settings import Current, LiveSettings
from openclaw.composition.memory_config_store import MemoryConfigStore
from openclaw.composition.settings import config_store
from openclaw.errors import ConfigError
from openclaw.ports.clock import system_clock
from openclaw.ports.config_store import text_hash
from openclaw.settings.environment import Environment
from openclaw.settings.load import settings_from_text, settings_of


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """``is_stored`` says whether there is a database; without one, versions are not kept."""

    editor: ConfigEditor
    is_stored: bool

    def newest(self) -> tuple[ConfigSnapshot, str]:
        """What is newest, and the text to edit: the file's own where somebody has written one that cannot be used."""
        snapshot = self.editor.snapshot()
        path = self.editor.environment.config_path
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = path.read_text(encoding="utf-8")
            if not self.editor.store.latest_with(text_hash(text)):
                return snapshot, text
        return snapshot, snapshot.text


@contextmanager
def local_config(environment: Environment) -> Iterator[LocalConfig]:
    """Open it for a moment. An edit of the file that nobody has taken yet is taken first.

    Raises ConfigError when not even the environment can be used, StoreUnavailable.
    """
    live, url = _live_settings(environment)
    with config_store(url) as store:
        if store is None:
            yield LocalConfig(ConfigEditor(MemoryConfigStore(), live, _nobody, system_clock), is_stored=False)
            return
        with contextlib.suppress(ConfigError):  # whoever edits will see it, and mend it
            # With a database in a file this is the only machine: what its user has written counts, old or not.
            is_alone = url.startswith("sqlite")
            adopt_file(store, environment, system_clock(), back_from=ANY_VERSION if is_alone else 0)
        yield LocalConfig(ConfigEditor(store, live, _nobody, system_clock), is_stored=True)


def _nobody() -> bool:
    """No process to tell: all others ask the database themselves."""
    return False


def _live_settings(environment: Environment) -> tuple[LiveSettings, str]:
    try:
        settings = settings_of(environment)
    except ConfigError:
        # The file cannot be used; that must not keep anybody from mending it.
        settings = settings_from_text(environment, "")
    return LiveSettings(environment, Current(0, settings)), settings.database_url.reveal()
