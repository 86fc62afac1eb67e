"""Opens the demo provider; it needs nothing but the script, if there is to be one."""

from __future__ import annotations

from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.demo.provider import DemoProvider
from openclaw.providers.demo.script import script_of


class DemoPlugin:
    """The family of one."""

    apis = ("demo",)

    def open(self, config: ProviderConfig) -> Provider:
        """Raises ConfigError for a script that is none."""
        return DemoProvider(config.id, script_of(config))
