"""Slash commands and buttons (interactions/receiving-and-responding), which Discord wants answered within 3 seconds.

A command is deferred as soon as it arrives; once it is stored, what was asked takes the place of "is thinking", so that
the channel can see it above the answer, which is a message of its own. A button is acknowledged once its press is
stored: one that could not be stored fails, and can be pressed again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from openclaw.channel_kit.shapes import maybe_obj, text
from openclaw.channels.discord.catch_up import Ask
from openclaw.channels.discord.inbound import COMMAND, COMPONENT, command_line
from openclaw.channels.discord.limits import MAX_MESSAGE_CHARS
from openclaw.channels.discord.outbound import QUIET
from openclaw.channels.discord.render import escaped
from openclaw.errors import ChannelUnreachable

_log = logging.getLogger(__name__)

_EVENT = "INTERACTION_CREATE"
#: Kinds of callbacks: a message to come, and nothing to see.
_DEFERRED, _NOTED = 5, 6


class Interactions:
    """Answers one connection's interactions. Never raises for a platform's refusal; lives on the connection's loop."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._deferring: dict[str, asyncio.Task[None]] = {}

    def arrived(self, name: str, data: dict[str, Any]) -> None:
        """An event came; it need not be an interaction, nor well-formed."""
        interaction_id = data.get("id")
        if name == _EVENT and data.get("type") == COMMAND and isinstance(interaction_id, str):
            self._deferring[interaction_id] = asyncio.create_task(self._call_back(data, _DEFERRED))

    async def stored(self, name: str, data: dict[str, Any]) -> None:
        """An event was stored. Raises Malformed."""
        if name != _EVENT:
            return
        if data.get("type") == COMPONENT:
            await self._call_back(data, _NOTED)
        deferring = self._deferring.pop(text(data, "id"), None)
        if deferring is None:
            return
        await deferring
        asked = escaped(command_line(maybe_obj(data, "data")))[:MAX_MESSAGE_CHARS]
        await self._try(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            {"content": asked, **QUIET},
            webhook_id=text(data, "application_id"),
            webhook_token=text(data, "token"),
        )

    def end(self) -> Iterable[asyncio.Task[None]]:
        """What is still under way."""
        return self._deferring.values()

    async def _call_back(self, data: dict[str, Any], kind: int) -> None:
        await self._try(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            {"type": kind},
            webhook_id=str(data.get("id", "")),
            webhook_token=str(data.get("token", "")),
        )

    async def _try(self, method: str, path: str, payload: dict[str, Any], **parameters: str) -> None:
        try:
            await self._ask(method, path, payload, **parameters)
        except ChannelUnreachable as error:
            _log.warning("discord: an interaction was not answered: %s", error)
