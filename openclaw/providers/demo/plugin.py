"""Opens the demo provider; it needs nothing."""

from __future__ import annotations

from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.demo.provider import DemoProvider


class DemoPlugin:
    """The family of one."""

    apis = ("demo",)

    def open(self, config: ProviderConfig) -> Provider:
        return DemoProvider(config.id)
