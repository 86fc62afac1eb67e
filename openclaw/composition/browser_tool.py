"""The tool ``browser``, and the browser behind it, as the configuration wants it and the machine has it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from openclaw.browser.chromium import BrowserPlan, Chromium
from openclaw.composition.storage import Storage
from openclaw.composition.web_tools import private_places
from openclaw.errors import ToolError
from openclaw.intake.browser_desk import BrowserDesk
from openclaw.plugins.registry import Registry
from openclaw.ports.browser import BrowserBell, PageView
from openclaw.ports.cancel import CancelToken
from openclaw.ports.clock import system_clock
from openclaw.settings.schema import Settings
from openclaw.tools.browser import register_browser_tool

#: Names that Chromium goes by, in the order in which they are looked for.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

MISSING = "the extra `browser` is not installed: pip install 'openclaw-celery[browser]'"


def add_browser_tool(registry: Registry, settings: Settings, storage: Storage, bell: BrowserBell) -> None:
    """Add ``browser`` where it is switched on; the browser itself is in workers of the queue ``browser``."""
    if settings.browser.enabled:
        desk = build_browser_desk(settings, storage, bell)
        register_browser_tool(registry, desk, storage.media_files.content)


def build_browser_desk(settings: Settings, storage: Storage, bell: BrowserBell) -> BrowserDesk:
    """The desk of turns, and of workers that have a browser."""
    section = settings.browser
    action_ms, page_ms = int(section.timeout_seconds * 1000), int(section.idle_seconds * 1000)
    return BrowserDesk(storage.browser_acts, bell, system_clock, action_ms=action_ms, page_ms=page_ms)


class ConfiguredBrowser:
    """Implements ``Browser``: that of this machine, which starts at its first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Chromium | None = None
        self._lock = threading.Lock()

    def act(self, session_key: str, action: str, arguments: Mapping[str, Any], cancel: CancelToken) -> PageView:
        """Do something in the session's page. Raises ToolError, RunAborted."""
        with self._lock:
            if self._opened is None:
                self._opened = open_browser(self._settings)
        return self._opened.act(session_key, action, arguments, cancel)


def open_browser(settings: Settings) -> Chromium:
    """The browser of this machine. Raises ToolError that says what is missing."""
    section = settings.browser
    if find_spec("playwright") is None:
        raise ToolError(f"The worker cannot use a browser: {MISSING}.")
    executable = shutil.which(section.executable) if section.executable else find_browser()
    if executable is None:
        looked = section.executable or ", ".join(PROGRAMS)
        raise ToolError(f"There is no Chromium where the worker runs ({looked}): set browser.executable.")
    allowed = private_places(settings)
    return Chromium(BrowserPlan(executable, section.headless, section.timeout_seconds, section.idle_seconds, allowed))


def find_browser() -> str | None:
    """The first browser on the ``PATH``."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)
