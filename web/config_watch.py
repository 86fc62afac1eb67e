"""The gateway's part in the configuration: watches the file, follows the versions, serves the ``config.*`` methods.

The file's folder is watched, not the file: editors and Kubernetes replace it. The watcher is native code that blocks
and has a native thread of its own, which only notes that something changed; the rest is for the follower's thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from openclaw.composition.config_editor import ConfigEditor
from openclaw.composition.config_follower import ConfigFollower
from openclaw.composition.live_settings import LiveSettings, ReloadState
from openclaw.composition.native import native_sleep, start_native_thread
from openclaw.errors import StoreUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.config_store import ConfigStore
from openclaw.settings.changes import Change
from web.config_desk import ConfigDesk
from web.native_work import compute

log = logging.getLogger(__name__)

#: How often the follower's thread asks whether the file has changed.
GLANCE_SECONDS = 0.2
#: Changes of the folder are gathered until it has been quiet for this long (OpenClaw's debounce).
DEBOUNCE_MS = 300
#: A folder that cannot be watched is tried again.
RETRY_SECONDS = 5.0


class ConfigWatch:
    """``start`` once, ``stop`` at the end."""

    def __init__(self, live: LiveSettings, store: ConfigStore, clock: Clock) -> None:
        self._live = live
        live.compute = compute
        self._file = FileWatch(live.environment.config_path)
        self._follower = ConfigFollower(live, store, glance=self._glance, glance_seconds=GLANCE_SECONDS)
        self._copy_is_old = True
        self.editor = ConfigEditor(store, live, self._follower.look, clock, compute)
        self.desk = ConfigDesk(self.editor, live, compute)

    @property
    def state(self) -> ReloadState:
        return self._live.state

    def on_change(self, listener: Callable[[ReloadState, tuple[Change, ...]], None]) -> None:
        """Call back whenever a version has taken effect here."""
        self._live.on_change(lambda _before, _after, found: listener(self._live.state, found))

    def renew_copy(self) -> None:
        """At the start: bring a file up to date that is an old copy, as soon as the database answers."""
        try:
            self.editor.adopt(edited=False)
            self._copy_is_old = False
        except StoreUnavailable as error:
            log.warning("the config file is looked at later: %s", error)

    def start(self) -> None:
        self._file.start()
        self._follower.start()
        self.desk.start()

    def stop(self) -> None:
        self._file.stop()
        self._follower.stop()
        self.desk.stop()

    def _glance(self) -> None:
        if self._live.settings.gateway.reload.mode == "off":
            return
        if self._copy_is_old:
            self.renew_copy()
        if self._file.touched:
            self._file.touched = False
            try:
                self.editor.adopt(edited=True)
            except StoreUnavailable:
                self._file.touched = True
                raise


class FileWatch:
    """Sets ``touched`` when the file may have changed; whoever acts on it sets it back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopping = False
        self.touched = False

    def start(self) -> None:
        start_native_thread(self._run, "config-watch")

    def stop(self) -> None:
        """Let the thread end by itself, within a moment: nobody waits for it."""
        self._stopping = True

    def is_set(self) -> bool:
        """Whether to stop; what the watcher asks."""
        return self._stopping

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._watch()
            except Exception as error:  # noqa: BLE001 - whatever the system says, the file must go on being watched
                log.warning("the folder of %s cannot be watched: %s", self._path, error)
                self._wait(RETRY_SECONDS)
                self.touched = True

    def _watch(self) -> None:
        from watchfiles import watch

        found = watch(
            self._path.parent,
            watch_filter=lambda _change, path: Path(path).name == self._path.name,
            debounce=DEBOUNCE_MS,
            step=DEBOUNCE_MS,
            stop_event=self,
            rust_timeout=1000,
            yield_on_timeout=False,
            raise_interrupt=False,
            recursive=False,
        )
        for _changes in found:
            self.touched = True

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            native_sleep(GLANCE_SECONDS)
