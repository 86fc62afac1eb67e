"""Configuration texts that several end-to-end modules put together."""

from __future__ import annotations

#: Turns start at once and each message is a turn of its own: nothing gathers unless a test asks for it.
ONE_BY_ONE = """
[messages.queue]
mode = "followup"
debounce_ms = 0
"""

#: A lost worker or gateway costs seconds and not the default's quarter of a minute.
SHORT_LEASES = """
[lanes]
lease_seconds = 3
grant_seconds = 2
"""

#: A chat shows replies only, never one in the making: what is shown has ended, and a fault of the platform that waits
#: for the next message meets a reply.
WHOLE_REPLIES = """
[messages.streaming]
preview = "off"
"""

WEBHOOK_SECRET = "hook-secret"


def provider(name: str, api: str, base_url: str, *, key: str = "test-key", model: str = "wire-1") -> str:
    """One vendor with one model."""
    return f"""
[models.providers.{name}]
api = "{api}"
base_url = "{base_url}"
api_key = "{key}"
[[models.providers.{name}.models]]
id = "{model}"
context_window = 128000
"""


def telegram(api_base: str, account: str = "default", dm_policy: str = "open") -> str:
    """One bot, reached by webhook, for everybody unless it is said otherwise."""
    group_policy = "open" if dm_policy == "open" else "disabled"
    return f"""
[channels.telegram.accounts.{account}]
token = "12345:test-token"
mode = "webhook"
webhook_secret = "{WEBHOOK_SECRET}"
api_base = "{api_base}"
dm_policy = "{dm_policy}"
group_policy = "{group_policy}"
"""
