"""A model that is none: offline, without an account, plainly labelled. For first steps, documentation and tests."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.demo.plugin import DemoPlugin


def register(registry: Registry) -> None:
    registry.add_provider(DemoPlugin(), source="openclaw.providers.demo")
