"""Changing the configuration: from the file that people edit, and from the methods that clients call.

Every change is checked whole, stored as the next version and written to the file; what cannot be used is refused and
leaves everything as it was. A text in the file that was never seen before is an edit; one that was in force before is
an old copy of a host that was away, unless somebody has just put it there.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.composition.live_settings import Compute, LiveSettings, at_once
from openclaw.errors import ConfigError, InvalidRequest, StoreUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.config_store import ConfigConflict, ConfigStore, ConfigVersion, NewConfig, text_hash
from openclaw.settings.changes import Change, changes
from openclaw.settings.editing import patched, refused, replaced
from openclaw.settings.environment import Environment
from openclaw.settings.issues import issues_of
from openclaw.settings.load import settings_from_text
from openclaw.settings.private_file import write_private

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfigSnapshot:
    """The newest configuration as text. ``stored`` is ``None`` for one that is only in the file."""

    text: str = field(repr=False)
    exists: bool
    stored: ConfigVersion | None
    #: By which an edit names what it was made from. It tells nothing of the text: a digest of it would let whoever
    #: may read the rest guess a short credential.
    hash: str

    @property
    def version(self) -> int:
        return self.stored.id if self.stored is not None else 0


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is in force."""

    version: ConfigVersion
    hash: str
    changes: tuple[Change, ...]

    @property
    def restart_needed(self) -> tuple[str, ...]:
        return tuple(change.dotted for change in self.changes if change.reload == "process")


def adopt_file(
    store: ConfigStore,
    environment: Environment,
    now_ms: int,
    *,
    always: bool = False,
    compute: Compute = at_once,
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
    compute(lambda: settings_from_text(environment, text))
    try:
        return store.add(NewConfig(text, "file", socket.gethostname()), latest.id if latest else 0, now_ms)
    except ConfigConflict:  # another gateway of this host saw the same edit
        return adopt_file(store, environment, now_ms, always=always, compute=compute)


def version_hash(version: ConfigVersion) -> str:
    """What names a version to clients."""
    return hashlib.sha256(f"{version.id} {version.created_at_ms}".encode()).hexdigest()


def _read(environment: Environment) -> str:
    try:
        return environment.config_path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{environment.config_path} cannot be read: {error}") from error


@dataclass(slots=True)
class ConfigEditor:
    """Thread-safe: two writers at once are told apart by the store. ``follow`` makes this process take the newest.

    ``compute`` is given what only takes time; see ``LiveSettings``.
    """

    store: ConfigStore
    live: LiveSettings
    follow: Callable[[], bool]
    clock: Clock
    compute: Compute = at_once

    @property
    def environment(self) -> Environment:
        return self.live.environment

    def snapshot(self) -> ConfigSnapshot:
        """What is newest: the stored version, else the file."""
        latest = self.store.latest()
        if latest is not None:
            return ConfigSnapshot(latest.text, exists=True, stored=latest, hash=version_hash(latest))
        path, text = self.environment.config_path, _read(self.environment)
        if not path.exists():
            return ConfigSnapshot("", exists=False, stored=None, hash=hashlib.sha256(b"none").hexdigest())
        facts = path.stat()
        name = f"file {facts.st_ino} {facts.st_size} {facts.st_mtime_ns}"
        return ConfigSnapshot(text, exists=True, stored=None, hash=hashlib.sha256(name.encode()).hexdigest())

    def replace(self, text: str, base_hash: str | None, *, source: str, author: str, note: str = "") -> Edit:
        """Put a whole text into force, TOML or a JSON object; hidden credentials in it keep their values.

        A JSON object changes the text in force as little as it can, so that comments stay. Raises InvalidRequest for
        a text that cannot be used and ConfigConflict for one made from an old version.
        """
        before = self._base(base_hash)
        whole = self.compute(lambda: replaced(self.environment.config_path, before.text, text))
        return self._store(before, whole, source, author, note)

    def patch(
        self,
        patch: Mapping[str, Any],
        base_hash: str | None,
        *,
        source: str,
        author: str,
        note: str = "",
        replace_paths: Collection[str] | None = None,
    ) -> Edit:
        """Merge a patch (RFC 7396: null deletes, lists replace) into the newest text, comments kept.

        With ``replace_paths`` lists are guarded: see ``list_guard``. Raises as ``replace`` does.
        """
        before = self._base(base_hash)
        path = self.environment.config_path
        whole = self.compute(lambda: patched(path, before.text, patch, replace_paths))
        return self._store(before, whole, source, author, note)

    def adopt(self, *, edited: bool) -> None:
        """Look at the file: take an edit, or bring an old copy up to date. Never raises for a file that is broken."""
        try:
            latest = adopt_file(self.store, self.environment, self.clock(), always=edited, compute=self.compute)
        except ConfigError as error:
            self.live.file_problem = str(error)
            self.live.file_issues = tuple(issues_of(error))
            log.error("%s; the last good configuration stays in force", error)  # noqa: TRY400 - no bug of ours
            return
        self._mended()
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
        if self.live.settings.gateway.reload.mode != "off" and self.store.latest_id():
            # Somebody may have saved the file a moment ago: that edit comes first.
            self.adopt(edited=False)
        before = self.snapshot()
        if before.exists and base_hash is None:
            raise InvalidRequest("config base hash required; re-run config.get and retry")
        if base_hash is not None and base_hash not in (before.hash, text_hash(before.text)):
            raise ConfigConflict("config changed since last load; re-run config.get and retry")
        return before

    def _store(self, before: ConfigSnapshot, text: str, source: str, author: str, note: str) -> Edit:
        found = self.compute(lambda: self._changes(before.text, text))
        if before.stored is not None and text == before.text:
            version = before.stored
        else:
            base = before.version
            if base == 0 and before.exists:
                # The text that was never stored is the first version, so that it can be gone back to.
                base = self.store.add(NewConfig(before.text, "file", socket.gethostname()), 0, self.clock()).id
            version = self.store.add(NewConfig(text, source, author, note), base, self.clock())
        self._publish(version)
        self._mended()
        with contextlib.suppress(StoreUnavailable):  # it is stored, and is taken when the database answers again
            self.follow()
        return Edit(version, version_hash(version), found)

    def _changes(self, before: str, after: str) -> tuple[Change, ...]:
        try:
            wanted = settings_from_text(self.environment, after)
        except ConfigError as error:
            raise refused(error) from error
        try:
            known = settings_from_text(self.environment, before).file
        except ConfigError:  # the file that was there could not be used: whatever is in force is what changes
            known = self.live.settings.file
        return changes(known, wanted.file)

    def _mended(self) -> None:
        self.live.file_problem, self.live.file_issues = "", ()

    def _publish(self, version: ConfigVersion) -> None:
        """Write the file; what is newest meanwhile stays in it, or it would be taken for an edit back."""
        self._write(version.text)
        with contextlib.suppress(StoreUnavailable):
            newest = self.store.latest()
            if newest is not None and newest.id != version.id:
                self._write(newest.text)

    def _write(self, text: str) -> None:
        path = self.environment.config_path
        try:
            there = path.read_text(encoding="utf-8") if path.exists() else None
            if there == text:
                return
            if there is not None and not self.store.has_seen(text_hash(there)):
                # An edit that could not be used, or was not to be taken by itself, is not lost.
                write_private(path.with_name(f"{path.name}.rejected"), there)
            write_private(path, text)
        except (OSError, UnicodeDecodeError) as error:
            log.warning("%s stays an old copy: %s", path, error)
