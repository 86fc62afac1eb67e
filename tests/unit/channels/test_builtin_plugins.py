"""Registering what comes with OpenClaw costs no vendor's library."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "httpx2",
    "anthropic",
    "openai",
    "markdown_it",
    "jsonschema",
    "filetype",
    "marshmallow",
    "flask",
    "celery",
    "aiohttp",
    "discord",
    "google.auth",
    "neonize",
    "slack_sdk",
)

SCRIPT = f"""
import sys
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
registry = Registry()
register_builtin(registry)
print(*sorted([*registry.channels, *registry.tools, *registry.providers]))
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_built_in_plugins_are_registered_without_importing_a_heavy_library():
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    names, heavy = result.stdout.split("\n")[:2]
    channels = {"discord", "googlechat", "imessage", "irc", "loopback", "signal", "slack", "telegram", "whatsapp"}
    assert channels | {"read", "session_status"} <= set(names.split())
    assert heavy == ""
