"""Tools that reach out to the web, as the configuration wants them."""

from __future__ import annotations

from importlib.util import find_spec

from openclaw.net.guarded import Fetcher
from openclaw.plugins.registry import Registry
from openclaw.settings.schema import Settings
from openclaw.tools.web_fetch import register_web_fetch


def add_web_tools(registry: Registry, settings: Settings) -> None:
    """Add ``web_fetch``, where what makes pages readable is installed (the extra ``web``)."""
    if find_spec("trafilatura") is None:
        return
    allowed = frozenset(place.lower() for place in settings.tools.web.allow_private)
    register_web_fetch(registry, Fetcher(allowed))
