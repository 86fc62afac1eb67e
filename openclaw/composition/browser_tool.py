"""The tool ``browser``, as the configuration wants it and the machine has it."""

from __future__ import annotations

import logging
import shutil
from importlib.util import find_spec

from openclaw.browser.chromium import BrowserPlan, Chromium
from openclaw.composition.web_tools import private_places
from openclaw.plugins.registry import Registry
from openclaw.settings.schema import Settings
from openclaw.tools.browser import register_browser_tool

#: Names that Chromium goes by, in the order in which they are looked for.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

MISSING = "the extra `browser` is not installed: pip install 'openclaw-celery[browser]'"

log = logging.getLogger(__name__)


def add_browser_tool(registry: Registry, settings: Settings) -> None:
    """Add ``browser`` where it is switched on and there is one; say why where there is none."""
    section = settings.browser
    if not section.enabled:
        return
    if find_spec("playwright") is None:
        log.warning("browser is enabled, and %s", MISSING)
        return
    executable = shutil.which(section.executable) if section.executable else find_browser()
    if executable is None:
        looked = section.executable or ", ".join(PROGRAMS)
        log.warning("browser is enabled, and there is no Chromium (%s): set browser.executable", looked)
        return
    allowed = private_places(settings)
    plan = BrowserPlan(executable, section.headless, section.timeout_seconds, section.idle_seconds, allowed)
    register_browser_tool(registry, Chromium(plan))


def find_browser() -> str | None:
    """The first browser on the ``PATH``."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)
