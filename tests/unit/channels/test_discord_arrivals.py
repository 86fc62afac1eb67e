"""Events wait in bounds, and what was stored is what the next connection goes on from."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openclaw.channels.discord.arrivals import MOST_WAITING, Arrivals
from openclaw.channels.discord.cursor import Cursor, Session
from openclaw.errors import ChannelUnreachable
from tests.connections import ListInbox
from tests.wire.discord.payloads import BOT_ID, DIRECT_ID, message


async def refused(*_: Any, **__: str) -> None:
    return None


def arrivals(inbox: ListInbox, ask: Any = refused, cursor: Cursor | None = None) -> Arrivals:
    return Arrivals("default", cursor or Cursor(BOT_ID), inbox, ask, identity="claw")


def session(seq: int) -> Session:
    return Session("s", "wss://gateway.example", seq)


def test_more_than_may_wait_ends_the_connection():
    async def flood() -> None:
        waiting = arrivals(ListInbox())
        for seq in range(MOST_WAITING):
            waiting.put("MESSAGE_CREATE", message("5"), session(seq))
        with pytest.raises(ChannelUnreachable):
            waiting.put("MESSAGE_CREATE", message("5"), session(MOST_WAITING))

    asyncio.run(flood())


def test_what_still_waits_is_not_in_the_cursor():
    inbox = ListInbox()

    async def end_early() -> None:
        running = arrivals(inbox)
        task = asyncio.create_task(running.run())
        running.put("MESSAGE_CREATE", message("5"), session(1))
        running.put("TYPING_START", {}, session(2))
        await asyncio.to_thread(inbox.wait_for, lambda i: i.envelopes)
        inbox.broken = True
        running.put("MESSAGE_CREATE", message("6"), session(3))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        inbox.broken = False
        await running.end()

    asyncio.run(end_early())
    stored = Cursor.read(inbox.cursor(), BOT_ID)
    assert stored.channels == {DIRECT_ID: "5"}
    assert stored.session is not None
    assert stored.session.seq < 3


def test_a_new_session_is_not_resumed_before_all_is_caught_up():
    inbox = ListInbox()

    async def away(*_: Any, **__: str) -> None:
        raise ChannelUnreachable("away")

    async def begin() -> None:
        running = arrivals(inbox, away, Cursor(BOT_ID).seen(DIRECT_ID, "5"))
        running.put("READY", {"session_id": "s"}, session(1))
        with pytest.raises(ChannelUnreachable):
            await running.run()
        await running.end()

    asyncio.run(begin())
    assert Cursor.read(inbox.cursor(), BOT_ID) == Cursor(BOT_ID).seen(DIRECT_ID, "5")


def test_a_channel_that_is_gone_is_not_asked_for_again():
    inbox = ListInbox()

    async def begin() -> None:
        running = arrivals(inbox, refused, Cursor(BOT_ID).seen(DIRECT_ID, "5"))
        task = asyncio.create_task(running.run())
        running.put("READY", {"session_id": "s"}, session(1))
        await asyncio.to_thread(inbox.wait_for, lambda i: i.cursors)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(begin())
    assert Cursor.read(inbox.cursor(), BOT_ID) == Cursor(BOT_ID).at(session(1))
