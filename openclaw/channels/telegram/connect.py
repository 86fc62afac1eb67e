"""Long polling: the offset moves only past updates that are stored.

Telegram itself keeps the cursor: asking from an offset confirms everything before it, so a poller that dies between
storing and asking gets its last updates again, and intake knows them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from openclaw.channel_kit.http import until_over
from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.telegram.client import TelegramClient
from openclaw.channels.telegram.limits import ALLOWED_UPDATES, MAX_POLL_SECONDS, POLL_BATCH, POLL_MARGIN_SECONDS
from openclaw.domain.envelope import InboundEnvelope
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)


def poll_updates(
    client: TelegramClient, inbox: Inbox, tenure: Tenure, read: Callable[[dict[str, Any]], tuple[InboundEnvelope, ...]]
) -> None:
    """Ask for updates until the tenure is over; no poll outlives it, so that two hosts never ask at once.

    Raises a ChannelError class: ChannelUnreachable for a bot that somebody else polls too, as that one may be going.
    """
    me = client.call("getMe", {})
    inbox.alive(f"@{me['username']}" if isinstance(me, dict) and me.get("username") else "")
    # With a webhook set, getUpdates is refused; what waits for it is kept.
    client.call("deleteWebhook", {"drop_pending_updates": False})
    until_over(tenure, lambda: _poll(client, inbox, tenure, read))


def _poll(
    client: TelegramClient, inbox: Inbox, tenure: Tenure, read: Callable[[dict[str, Any]], tuple[InboundEnvelope, ...]]
) -> None:
    offset = 0
    while not tenure.over:
        seconds = _poll_seconds(tenure)
        if seconds < 0:
            tenure.wait(POLL_MARGIN_SECONDS)
            continue
        updates = _ask(client, offset, seconds)
        inbox.alive()
        if updates:
            inbox.accept(*_envelopes(updates, read))
            offset = _after(updates, offset)


def _poll_seconds(tenure: Tenure) -> int:
    """How long the next poll may last; below 0 when there is no time for any."""
    return min(MAX_POLL_SECONDS, int(tenure.remaining_seconds() - POLL_MARGIN_SECONDS))


def _ask(client: TelegramClient, offset: int, seconds: int) -> list[dict[str, Any]]:
    asked = {"offset": offset, "limit": POLL_BATCH, "timeout": seconds, "allowed_updates": list(ALLOWED_UPDATES)}
    found = client.call("getUpdates", asked, timeout_seconds=seconds + POLL_MARGIN_SECONDS)
    return [update for update in found if isinstance(update, dict)] if isinstance(found, list) else []


def _envelopes(
    updates: list[dict[str, Any]], read: Callable[[dict[str, Any]], tuple[InboundEnvelope, ...]]
) -> list[InboundEnvelope]:
    """What cannot be read is left out: asked for again it would hold up what comes behind it."""
    envelopes: list[InboundEnvelope] = []
    for update in updates:
        try:
            envelopes += read(update)
        except Malformed as error:
            _log.warning("telegram update %s is left out: %s", update.get("update_id"), error)
    return envelopes


def _after(updates: list[dict[str, Any]], offset: int) -> int:
    numbers = [number for update in updates if isinstance(number := update.get("update_id"), int)]
    return max([offset, *(number + 1 for number in numbers)])
