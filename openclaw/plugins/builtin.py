"""The plugins that come with OpenClaw, registered like anyone else's.

Each is imported only when the registry is filled, and none of them imports a vendor's SDK or an HTTP client before
an account or a provider is opened.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from openclaw import channels
from openclaw.plugins.registry import Register, Registry
from openclaw.providers import FAMILIES

BUILTIN_MODULES = (
    *(f"openclaw.channels.{module.name}" for module in iter_modules(channels.__path__)),
    "openclaw.tools.apply_patch",
    "openclaw.tools.edit",
    "openclaw.tools.read",
    "openclaw.tools.session_status",
    "openclaw.tools.write",
    *(f"openclaw.providers.{family}" for family in FAMILIES),
)


def register_builtin(registry: Registry) -> None:
    """Register every built-in channel, tool and provider. Raises NameTaken if something has taken a name before."""
    for module in BUILTIN_MODULES:
        cast("Register", import_module(module).register)(registry)
