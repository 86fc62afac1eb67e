"""Changing the configuration: from the file that people edit, and from the methods that clients call.

Every change is checked whole, stored as the next version and written to the file; what cannot be used is refused and
leaves everything as it was. A text in the file that was never seen before is an edit. One that was in force before is
an edit only where it is older than the one that the file held last: then somebody has gone back. Otherwise it is the
copy of a host that was away, or one that another process is just about to replace.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import sys
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

#: As ``back_from``: whatever the file says counts.
ANY_VERSION = sys.maxsize


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
    #: Whether there is a new text; it may be one that changes no value.
    saved: bool = True

    @property
    def restart_needed(self) -> tuple[str, ...]:
        return tuple(change.dotted for change in self.changes if change.reload == "process")


def adopt_file(
    store: ConfigStore,
    environment: Environment,
    now_ms: int,
    *,
    back_from: int = 0,
    compute: Compute = at_once,
) -> ConfigVersion | None:
    """Make the file's text the newest version if it is an edit; the newest version then.

    A text that was in force before is an edit if it is older than the version ``back_from``. Raises ConfigError for a
    file that cannot be used.
    """
    path = environment.config_path
    latest = store.latest()
    if not path.exists() and not (back_from and latest is not None and not environment.config_is_explicit):
        return latest
    text = _read(environment)
    if latest is not None and latest.text == text:
        return latest
    known = store.latest_with(text_hash(text))
    if known and known >= min(back_from, latest.id if latest else 0):
        return latest
    compute(lambda: settings_from_text(environment, text))
    try:
        return store.add(NewConfig(text, "file", socket.gethostname()), latest.id if latest else 0, now_ms)
    except ConfigConflict:  # another gateway of this host saw the same edit
        return adopt_file(store, environment, now_ms, back_from=back_from, compute=compute)


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
    #: The version whose text the file held when it was last looked at or written.
    _held: int = 0

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
            back_from = self._held if edited else 0
            latest = adopt_file(self.store, self.environment, self.clock(), back_from=back_from, compute=self.compute)
        except ConfigError as error:
            self.live.file_problem = str(error)
            self.live.file_issues = tuple(issues_of(error))
            log.error("%s; the last good configuration stays in force", error)  # noqa: TRY400 - no bug of ours
            return
        self._mended()
        self.follow()
        if latest is not None and not edited:
            self.refresh_file(latest)
        self._held = max(self._held, self.store.latest_with(text_hash(_read(self.environment))))

    def refresh_file(self, version: ConfigVersion) -> None:
        """Bring this host's copy up to date, unless it is no copy of ours or may not be written."""
        path = self.environment.config_path
        text = _read(self.environment)
        if not path.exists() or text == version.text or not self.store.latest_with(text_hash(text)):
            return
        self._write(version)

    def _base(self, base_hash: str | None) -> ConfigSnapshot:
        if self.live.settings.gateway.reload.mode != "off" and self.store.latest_id():
            # Somebody may have saved the file a moment ago: that edit comes first, unless it cannot be used.
            with contextlib.suppress(ConfigError):
                adopt_file(self.store, self.environment, self.clock(), compute=self.compute)
        before = self.snapshot()
        if before.exists and base_hash is None:
            raise InvalidRequest("config base hash required; re-run config.get and retry")
        if base_hash is not None and base_hash not in (before.hash, text_hash(before.text)):
            raise ConfigConflict("config changed since last load; re-run config.get and retry")
        return before

    def _store(self, before: ConfigSnapshot, text: str, source: str, author: str, note: str) -> Edit:
        found = self.compute(lambda: self._changes(before.text, text))
        version, saved = before.stored, text != before.text or not before.exists
        if version is None and before.exists:
            # The text that was never stored is the first version, so that it can be gone back to.
            version = self.store.add(NewConfig(before.text, "file", socket.gethostname()), 0, self.clock())
        if saved or version is None:
            base = version.id if version is not None else 0
            version = self.store.add(NewConfig(text, source, author, note), base, self.clock())
        self._publish(version)
        self._mended()
        with contextlib.suppress(StoreUnavailable):  # it is stored, and is taken when the database answers again
            self.follow()
        return Edit(version, version_hash(version), found, saved)

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
        self._write(version)
        with contextlib.suppress(StoreUnavailable):
            newest = self.store.latest()
            if newest is not None and newest.id != version.id:
                self._write(newest)

    def _write(self, version: ConfigVersion) -> None:
        path, text = self.environment.config_path, version.text
        try:
            there = path.read_text(encoding="utf-8") if path.exists() else None
            if there not in (None, text) and not self.store.latest_with(text_hash(there)):
                # An edit that could not be used, or was not to be taken by itself, is not lost.
                kept = path.with_name(f"{path.name}.rejected")
                write_private(kept, there)
                log.warning("%s is replaced; the edit in it that is not in force is kept as %s", path, kept)
            if there != text:
                write_private(path, text)
            # Not before: whoever looks meanwhile finds the text before, and would take it for a way back.
            self._held = max(self._held, version.id)
        except (OSError, UnicodeDecodeError) as error:
            log.warning("%s stays an old copy: %s", path, error)
