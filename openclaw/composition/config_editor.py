"""Changing the configuration: from the file that people edit, and from the methods that clients call.

Every change is checked whole, stored as the next version and written to the file; what cannot be used is refused and
leaves everything as it was. A text in the file that was never seen before is an edit; one that was in force before is
an old copy of a host that was away, unless somebody has just put it there.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.composition.live_settings import LiveSettings
from openclaw.errors import ConfigError, InvalidRequest
from openclaw.ports.clock import Clock
from openclaw.ports.config_store import ConfigConflict, ConfigStore, ConfigVersion, NewConfig, text_hash
from openclaw.settings.changes import Change, changes
from openclaw.settings.environment import Environment
from openclaw.settings.load import settings_from_text
from openclaw.settings.merge_patch import merged
from openclaw.settings.private_file import write_private
from openclaw.settings.redaction import restore_in_text
from openclaw.settings.toml_source import parse_toml

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfigSnapshot:
    """The newest configuration as text. ``version`` is 0 for one that was never stored."""

    version: int
    text: str = field(repr=False)
    hash: str
    exists: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is in force."""

    version: ConfigVersion
    changes: tuple[Change, ...]

    @property
    def restart_needed(self) -> tuple[str, ...]:
        return tuple(change.dotted for change in self.changes if change.reload == "process")


def adopt_file(
    store: ConfigStore, environment: Environment, now_ms: int, *, always: bool = False
) -> ConfigVersion | None:
    """Make the file's text the newest version if it is an edit; the newest version then.

    ``always`` takes a text that was in force before as an edit too. Raises ConfigError for a file that cannot be used.
    """
    path = environment.config_path
    latest = store.latest()
    if not path.exists() and not (always and latest is not None and not environment.config_is_explicit):
        return latest
    text = _read(environment)
    if latest is not None and (latest.text == text or (not always and store.has_seen(text_hash(text)))):
        return latest
    settings_from_text(environment, text)
    try:
        return store.add(NewConfig(text, "file", socket.gethostname()), latest.id if latest else 0, now_ms)
    except ConfigConflict:  # another gateway of this host saw the same edit
        return adopt_file(store, environment, now_ms, always=always)


def _read(environment: Environment) -> str:
    try:
        return environment.config_path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{environment.config_path} cannot be read: {error}") from error


@dataclass(slots=True)
class ConfigEditor:
    """Thread-safe: two writers at once are told apart by the store. ``follow`` makes this process take the newest."""

    store: ConfigStore
    live: LiveSettings
    follow: Callable[[], bool]
    clock: Clock

    @property
    def environment(self) -> Environment:
        return self.live.environment

    def snapshot(self) -> ConfigSnapshot:
        """What is newest: the stored version, else the file."""
        latest = self.store.latest()
        if latest is not None:
            return ConfigSnapshot(latest.id, latest.text, latest.hash, exists=True)
        text = _read(self.environment)
        return ConfigSnapshot(0, text, text_hash(text), exists=self.environment.config_path.exists())

    def replace(self, text: str, base_hash: str | None, *, source: str, author: str, note: str = "") -> Edit:
        """Put a whole text into force; hidden credentials in it keep their values.

        Raises InvalidRequest for a text that cannot be used and ConfigConflict for one made from an old version.
        """
        before = self._base(base_hash)
        path = self.environment.config_path
        try:
            parse_toml(path, text)
            restored = restore_in_text(text, parse_toml(path, before.text).tree)
        except ConfigError as error:
            raise InvalidRequest(str(error)) from error
        return self._store(before, restored, source, author, note)

    def patch(
        self, patch: Mapping[str, Any], base_hash: str | None, *, source: str, author: str, note: str = ""
    ) -> Edit:
        """Merge a patch (RFC 7396: null deletes, lists replace) into the newest text, comments kept."""
        before = self._base(base_hash)
        return self._store(before, merged(before.text, patch), source, author, note)

    def adopt(self, *, edited: bool) -> None:
        """Look at the file: take an edit, or bring an old copy up to date. Never raises for a file that is broken."""
        try:
            latest = adopt_file(self.store, self.environment, self.clock(), always=edited)
        except ConfigError as error:
            self.live.file_problem = str(error)
            log.error("%s; the last good configuration stays in force", error)  # noqa: TRY400 - no bug of ours
            return
        self.live.file_problem = ""
        self.follow()
        if latest is not None and not edited:
            self.refresh_file(latest)

    def refresh_file(self, version: ConfigVersion) -> None:
        """Bring this host's copy up to date, unless it is no copy of ours or may not be written."""
        path = self.environment.config_path
        text = _read(self.environment)
        if not path.exists() or text == version.text or not self.store.has_seen(text_hash(text)):
            return
        self._write(version.text)

    def _base(self, base_hash: str | None) -> ConfigSnapshot:
        before = self.snapshot()
        if before.exists and base_hash is None:
            raise InvalidRequest("config base hash required; re-run config.get and retry")
        if base_hash is not None and base_hash != before.hash:
            raise ConfigConflict("config changed since last load; re-run config.get and retry")
        return before

    def _store(self, before: ConfigSnapshot, text: str, source: str, author: str, note: str) -> Edit:
        try:
            after = settings_from_text(self.environment, text)
        except ConfigError as error:
            raise InvalidRequest(f"invalid config: {error}", details=error.details) from error
        try:
            found = changes(settings_from_text(self.environment, before.text).file, after.file)
        except ConfigError:  # the file that was there could not be used: whatever is in force is what changes
            found = changes(self.live.settings.file, after.file)
        base = before.version
        if base == 0 and before.exists:
            # The text that was never stored is the first version, so that it can be gone back to.
            base = self.store.add(NewConfig(before.text, "file", socket.gethostname()), 0, self.clock()).id
        version = self.store.add(NewConfig(text, source, author, note), base, self.clock())
        self._write(text)
        self.live.file_problem = ""
        self.follow()
        return Edit(version, found)

    def _write(self, text: str) -> None:
        try:
            write_private(self.environment.config_path, text)
        except OSError as error:
            log.warning("%s stays an old copy: %s", self.environment.config_path, error)
