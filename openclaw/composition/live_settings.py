"""The configuration this process works by, exchanged as a whole while it runs.

Invariants: ``current`` is replaced, never changed; keys that only a restart can change keep the values that the process
was built by; a version that cannot be used leaves the last good one in force and says why.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from openclaw.errors import ConfigError, StoreUnavailable
from openclaw.ports.config_store import ConfigStore, ConfigVersion
from openclaw.settings.changes import Change, changes
from openclaw.settings.environment import Environment
from openclaw.settings.load import settings_from_text
from openclaw.settings.schema import ConfigFile, Settings

log = logging.getLogger(__name__)

#: Earlier versions kept for runs that began under them.
KEPT_VERSIONS = 8

#: Called after a change with the settings before and after and what differs. Must not raise.
OnChange = Callable[[Settings, Settings, tuple[Change, ...]], None]

T = TypeVar("T")


class Compute(Protocol):
    """Runs what only takes time and touches nothing shared; a gateway does it where its clients do not wait for it."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


def at_once(work: Callable[[], T], /) -> T:
    """Run it here."""
    return work()


@dataclass(frozen=True, slots=True)
class Current:
    """What is in force. ``version`` is 0 for a configuration that was never stored."""

    version: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class ReloadState:
    """How this process stands to the newest version, for people to read."""

    version: int
    #: Why the newest version, or the file, is not in use; empty when it is.
    problem: str = ""
    #: Keys whose new values take a restart.
    restart_needed: tuple[str, ...] = ()


@dataclass(slots=True)
class LiveSettings:
    """Thread-safe. ``take`` is called by the process's one follower, everything else by anyone."""

    environment: Environment
    current: Current
    problem: str = ""
    #: Why this host's file is not in use; set by whoever watches it.
    file_problem: str = ""
    #: The same, problem by problem (``settings.issues``).
    file_issues: tuple[dict[str, Any], ...] = ()
    compute: Compute = at_once
    _boot: Settings = field(init=False)
    _restart_needed: tuple[str, ...] = ()
    _earlier: OrderedDict[int, Settings] = field(default_factory=OrderedDict)
    _listeners: list[OnChange] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._boot = self.current.settings

    @property
    def settings(self) -> Settings:
        return self.current.settings

    @property
    def state(self) -> ReloadState:
        return ReloadState(self.current.version, self.file_problem or self.problem, self._restart_needed)

    def settle(self, settings: Settings) -> None:
        """Replace what the process was booted with, once its home is there: its token may be new."""
        with self._lock:
            self._boot = settings
            self.current = Current(self.current.version, settings)

    def on_change(self, listener: OnChange) -> None:
        """Call back after every change from now on."""
        self._listeners.append(listener)

    def take(self, version: ConfigVersion) -> tuple[Change, ...]:
        """Put a version into force; what differs. Raises ConfigError, with the last good one left in force."""
        with self._lock:
            try:
                settings = self._settings_from(version.text, self._boot.file)
                asked = self._settings_from(version.text)
            except ConfigError as error:
                self.problem = f"config version {version.id} cannot be used here: {error}"
                raise
            before, self.current = self.current, Current(version.id, settings)
            self.problem = ""
            self._remember(before)
            self._restart_needed = tuple(
                change.dotted for change in changes(self._boot.file, asked.file) if change.reload == "process"
            )
            found = changes(before.settings.file, settings.file)
            for listener in tuple(self._listeners):
                self._tell(listener, before.settings, settings, found)
        self._say(version, found)
        return found

    def settings_of(self, version: int | None, store: ConfigStore) -> Settings:
        """The settings of a version that a run began under; the current ones where it is not to be had any more."""
        if version is None or version == self.current.version:
            return self.settings
        with self._lock:
            found = self._earlier.get(version)
        if found is not None:
            return found
        try:
            stored = store.version(version)
            if stored is None:
                return self.settings
            settings = settings_from_text(self.environment, stored.text, self._boot.file)
        except (ConfigError, StoreUnavailable) as error:
            log.warning("config version %d is not to be had, the current one is used: %s", version, error)
            return self.settings
        self._remember(Current(version, settings))
        return settings

    def _settings_from(self, text: str, running: ConfigFile | None = None) -> Settings:
        return self.compute(lambda: settings_from_text(self.environment, text, running))

    def _remember(self, earlier: Current) -> None:
        with self._lock:
            self._earlier[earlier.version] = earlier.settings
            while len(self._earlier) > KEPT_VERSIONS:
                self._earlier.popitem(last=False)

    def _tell(self, listener: OnChange, before: Settings, after: Settings, found: tuple[Change, ...]) -> None:
        try:
            listener(before, after, found)
        except Exception:  # one part that cannot follow must not keep the others from it
            log.exception("a part could not follow the configuration")

    def _say(self, version: ConfigVersion, found: tuple[Change, ...]) -> None:
        what = ", ".join(f"{change.dotted} ({change.reload})" for change in found) or "nothing that counts here"
        log.info("config version %d is in force; changed: %s", version.id, what)
        if self._restart_needed:
            log.warning("these keys take a restart: %s", ", ".join(self._restart_needed))
