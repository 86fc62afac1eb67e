"""One bot's connection to the gateway, for as long as its tenure lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from openclaw.channels.discord.arrivals import EVENTS, Arrivals
from openclaw.channels.discord.config import DiscordConfig
from openclaw.channels.discord.cursor import Cursor, Session
from openclaw.channels.discord.gateway import GatewayClient, as_channel_error
from openclaw.ports.channel_connection import Inbox, Tenure


def hold_connection(account_id: str, config: DiscordConfig, inbox: Inbox, tenure: Tenure) -> None:
    """Listen until the tenure is over. Raises a ChannelError class. Leaves no thread and no task behind."""
    try:
        asyncio.run(_Connection(account_id, config, inbox).hold(tenure))
    except Exception as error:
        failure = as_channel_error(error)
        if failure is None or failure is error:
            raise
        raise failure from error


class _Connection:
    def __init__(self, account_id: str, config: DiscordConfig, inbox: Inbox) -> None:
        self._account_id = account_id
        self._config = config
        self._inbox = inbox
        self._arrivals: Arrivals | None = None

    async def hold(self, tenure: Tenure) -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has ended before the tenure
                loop.call_soon_threadsafe(over.set)

        tenure.on_over(tell)
        client = GatewayClient(self._config, EVENTS, self._on_event, self._on_frame)
        try:
            await _first_of(over.wait(), self._listen(client))
        finally:
            await client.leave()

    async def _listen(self, client: GatewayClient) -> None:
        bot_id, name = await client.identify(self._config.token.reveal())
        cursor = Cursor.read(await asyncio.to_thread(self._inbox.cursor), bot_id)
        arrivals = Arrivals(self._account_id, cursor, self._inbox, client.ask, identity=name)
        self._arrivals = arrivals
        try:
            await _first_of(arrivals.run(), client.hold(cursor.session))
        finally:
            await arrivals.end()

    def _on_event(self, name: str, data: dict[str, Any], session: Session) -> None:
        if self._arrivals is not None:
            self._arrivals.put(name, data, session)

    def _on_frame(self) -> None:
        if self._arrivals is not None:
            self._arrivals.alive()


async def _first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Until one of them ends, or fails; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
