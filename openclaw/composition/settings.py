"""The settings of this process, read once."""

from __future__ import annotations

from functools import cache

from openclaw.settings.load import load_settings
from openclaw.settings.schema import Settings


@cache
def process_settings() -> Settings:
    """The settings, from the environment and the config file. Raises ConfigError."""
    return load_settings()
