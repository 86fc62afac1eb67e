"""The webhook as Telegram knows it: told to it, and asked about.

https://core.telegram.org/bots/api#setwebhook and #getwebhookinfo
"""

from __future__ import annotations

import time
from typing import Any

from openclaw.channels.telegram.client import TelegramClient
from openclaw.channels.telegram.config import TelegramConfig
from openclaw.channels.telegram.limits import ALLOWED_UPDATES
from openclaw.errors import ChannelError
from openclaw.ports.channel import Probe

#: A question that nobody has time for is asked this quickly, in seconds.
_LEAST_SECONDS = 0.1


def set_webhook(client: TelegramClient, config: TelegramConfig) -> None:
    """Tell Telegram where the account's updates go; those that wait are kept. Raises a ChannelError class."""
    if config.mode != "webhook" or not config.webhook_url or config.webhook_secret is None:
        return
    wanted = {
        "url": config.webhook_url,
        "secret_token": config.webhook_secret.reveal(),
        "allowed_updates": list(ALLOWED_UPDATES),
    }
    client.call("setWebhook", wanted)


def probe(client: TelegramClient, config: TelegramConfig, timeout_seconds: float) -> Probe:
    """Who the bot is, and whether its updates arrive."""
    deadline = time.monotonic() + timeout_seconds
    try:
        me = client.call("getMe", {}, timeout_seconds=timeout_seconds)
        identity = f"@{me['username']}" if isinstance(me, dict) and me.get("username") else ""
        if config.mode != "webhook":
            return Probe(ok=True, identity=identity)
        left = max(_LEAST_SECONDS, deadline - time.monotonic())
        info = client.call("getWebhookInfo", {}, timeout_seconds=left)
    except ChannelError as error:
        return Probe(ok=False, error=str(error))
    wrong = _what_is_wrong(info if isinstance(info, dict) else {}, config)
    return Probe(ok=not wrong, identity=identity, error=wrong)


def _what_is_wrong(info: dict[str, Any], config: TelegramConfig) -> str:
    """What keeps updates from arriving. A failure that left nothing waiting is over."""
    url, waiting, failure = (info.get(key) for key in ("url", "pending_update_count", "last_error_message"))
    if not url:
        return "telegram has no webhook for this bot: set webhook_url, or call setWebhook"
    if config.webhook_url and url != config.webhook_url:
        return f"telegram calls another webhook: {url}"
    if waiting and failure:
        return f"telegram could not deliver, {waiting} updates wait: {failure}"
    return ""
