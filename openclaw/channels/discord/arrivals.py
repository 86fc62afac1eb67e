"""Events on their way from the gateway to the inbox: one after the other, each until it is stored.

Discord waits for no acknowledgement. What cannot be stored is kept here in order and tried again; what is not stored
when the connection ends is asked for again by the next one, from the session's last stored event or, once Discord has
forgotten the session, from the last stored message of each channel.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from openclaw.channel_kit.shapes import Malformed, string, text
from openclaw.channels.discord.catch_up import Ask, missed_messages
from openclaw.channels.discord.cursor import Cursor, Session
from openclaw.channels.discord.inbound import READ_EVENTS, Facts, GatewayEvent, mentioned_roles, read_event
from openclaw.channels.discord.interactions import Interactions
from openclaw.channels.discord.places import PLACE_EVENTS, THREADS, Place, Places, read_place
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox

T = TypeVar("T")

_log = logging.getLogger(__name__)

READY, RESUMED, _MEMBER_UPDATE = "READY", "RESUMED", "GUILD_MEMBER_UPDATE"
#: What the gateway is asked to hand on.
EVENTS = READ_EVENTS | PLACE_EVENTS | {READY, RESUMED, _MEMBER_UPDATE}

#: Events that may wait to be stored. With more the connection ends, and Discord is asked for them again.
MOST_WAITING = 1_000
#: Between attempts to store, in seconds: doubled from the first to the last.
_FIRST_WAIT, _LAST_WAIT = 0.2, 5.0
#: How often Discord is asked about the place of an event that can be read without.
_MOST_QUESTIONS = 3
#: How often liveness is told at most, in seconds.
_ALIVE_EVERY = 10.0
#: Of the bot's own messages the latest are kept in mind, for reactions that are taken away.
_MOST_OWN = 2_000


class Arrivals:
    """The way of one connection's events. Lives on its loop."""

    def __init__(self, account: str, cursor: Cursor, inbox: Inbox, ask: Ask, *, identity: str) -> None:
        self._account = account
        self._cursor = cursor
        self._inbox = inbox
        self._ask = ask
        self._identity = identity
        self._interactions = Interactions(ask)
        self._places = Places()
        self._own: OrderedDict[str, None] = OrderedDict()
        self._bot_roles: dict[str, frozenset[str]] = {}
        self._waiting: asyncio.Queue[tuple[str, dict[str, Any], Session]] = asyncio.Queue(MOST_WAITING)
        self._side_tasks: set[asyncio.Task[None]] = set()
        self._told_alive = float("-inf")

    def put(self, name: str, data: dict[str, Any], session: Session) -> None:
        """Take an event over. Raises ChannelUnreachable when too many wait."""
        if name in (READY, RESUMED):
            self._told_alive = float("-inf")
            self.alive()
        self._interactions.arrived(name, data)
        try:
            self._waiting.put_nowait((name, data, session))
        except asyncio.QueueFull:
            raise ChannelUnreachable(f"discord: {MOST_WAITING} events wait to be stored") from None

    def alive(self) -> None:
        """Discord has sent something."""
        now = time.monotonic()
        if now - self._told_alive >= _ALIVE_EVERY:
            self._told_alive = now
            self._beside(asyncio.to_thread(self._inbox.alive, self._identity))

    async def run(self) -> None:
        """Store what arrives, until it is cancelled."""
        while True:
            name, data, session = await self._waiting.get()
            try:
                await self._take(name, data, session)
            except Malformed as error:
                _log.warning("discord account %s: an event %s is left out: %s", self._account, name, error)
            self._cursor = self._cursor.at(session)

    async def end(self) -> None:
        """Say how far it came."""
        tasks = [*self._side_tasks, *self._interactions.end()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Unavailable):
            await asyncio.to_thread(self._inbox.accept, cursor=self._cursor.write())

    async def _take(self, name: str, data: dict[str, Any], session: Session) -> None:
        if name == READY:
            # Until all is caught up the new session must not be resumed: it does not know what came before it.
            self._cursor = self._cursor.at(None)
            await self._catch_up()
            await self._store((), self._cursor.at(session))
        elif name in PLACE_EVENTS:
            self._places.learn(name, data)
        elif name == _MEMBER_UPDATE:
            self._bot_roles.pop(text(data, "guild_id"), None)
        elif name in READ_EVENTS:
            await self._hand_in(GatewayEvent(name, data, f"{session.id}:{session.seq}"), session)
            self._beside(self._interactions.stored(name, data))

    async def _hand_in(self, event: GatewayEvent, session: Session | None) -> None:
        envelopes = read_event(event, await self._facts(event))
        cursor = self._cursor.at(session)
        if event.name == "MESSAGE_CREATE":
            cursor = cursor.seen(string(event.data, "channel_id"), string(event.data, "id"))
        if envelopes:
            await self._store(envelopes, cursor)
        self._cursor = cursor

    async def _store(self, envelopes: tuple[InboundEnvelope, ...], cursor: Cursor) -> None:
        """Until it is stored: what comes behind must wait, to stay behind."""
        stored = cursor.write()
        await _insist(lambda: asyncio.to_thread(self._inbox.accept, *envelopes, cursor=stored), Unavailable)
        self._cursor = cursor

    async def _catch_up(self) -> None:
        now_ms = int(time.time() * 1000)
        members: dict[str, Any] = {}
        for channel_id, last_id in list(self._cursor.channels.items()):
            try:
                await self._catch_up_channel(channel_id, last_id, now_ms, members)
            except Malformed as error:
                _log.warning("discord account %s: channel %s is left out: %s", self._account, channel_id, error)

    async def _catch_up_channel(self, channel_id: str, last_id: str, now_ms: int, members: dict[str, Any]) -> None:
        messages = await _insist(
            lambda: missed_messages(self._ask, channel_id, last_id, now_ms), ChannelUnreachable, _MOST_QUESTIONS
        )
        if messages is None:
            self._cursor = self._cursor.without(channel_id)
            return
        if not messages:
            return
        place = await self._look_up(channel_id)
        if place is None:
            raise ChannelUnreachable(f"discord: channel {channel_id} cannot be asked for")
        for message in messages:
            try:
                await self._missed(message, place, members)
            except Malformed as error:
                _log.warning("discord account %s: a message is left out: %s", self._account, error)

    async def _missed(self, message: dict[str, Any], place: Place, members: dict[str, Any]) -> None:
        """What the gateway says of a server's messages must be asked for."""
        data = message
        if place.guild_id:
            author_id = string(message.get("author") or {}, "id")
            if author_id not in members:
                members[author_id] = await self._member(place.guild_id, author_id)
            data = {**message, "guild_id": place.guild_id, "member": members[author_id] or {}}
        await self._hand_in(GatewayEvent("MESSAGE_CREATE", data), None)

    async def _facts(self, event: GatewayEvent) -> Facts:
        data = event.data
        place = await self._place(event)
        guild_id = text(data, "guild_id") or place.guild_id
        return Facts(
            account=self._account,
            bot_id=self._cursor.bot_id,
            place=place,
            bot_roles=await self._roles(guild_id) if guild_id and mentioned_roles(data) else frozenset(),
            own=self._is_own(event),
        )

    async def _place(self, event: GatewayEvent) -> Place:
        """Only threads, and what names no author, need more than the event says itself."""
        data = event.data
        guild_id, kind = text(data, "guild_id"), data.get("channel_type")
        known = self._places.get(string(data, "channel_id"))
        if known is not None:
            return known
        if isinstance(data.get("channel"), dict):
            return read_place(data["channel"], guild_id)
        has_author = not guild_id and not event.name.startswith("MESSAGE_DELETE")
        if has_author or (kind is not None and kind not in THREADS):
            return Place(guild_id)
        return await self._look_up(string(data, "channel_id"), guild_id) or Place(guild_id)

    async def _look_up(self, channel_id: str, guild_id: str = "") -> Place | None:
        known = self._places.get(channel_id)
        if known is not None:
            return known
        channel = await self._question("/channels/{channel_id}", channel_id=channel_id)
        if not isinstance(channel, dict):
            return None
        place = read_place(channel, guild_id)
        self._places.put(channel_id, place)
        return place

    async def _roles(self, guild_id: str) -> frozenset[str]:
        if guild_id not in self._bot_roles:
            member = await self._member(guild_id, self._cursor.bot_id)
            roles = member.get("roles") if isinstance(member, dict) else None
            self._bot_roles[guild_id] = frozenset(map(str, roles)) if isinstance(roles, list) else frozenset()
        return self._bot_roles[guild_id]

    async def _member(self, guild_id: str, user_id: str) -> Any:
        return await self._question("/guilds/{guild_id}/members/{user_id}", guild_id=guild_id, user_id=user_id)

    async def _question(self, path: str, **parameters: str) -> Any:
        """An answer, or ``None`` where there is none after some attempts."""
        with suppress(ChannelUnreachable):
            return await _insist(lambda: self._ask("GET", path, **parameters), ChannelUnreachable, _MOST_QUESTIONS)
        return None

    def _is_own(self, event: GatewayEvent) -> bool:
        """Whether a message is the bot's: the gateway shows it what it has sent, and names whom a reaction is for."""
        data, bot_id = event.data, self._cursor.bot_id
        message_id = text(data, "message_id") or text(data, "id")
        author = data.get("author")
        if text(data, "message_author_id") == bot_id or (isinstance(author, dict) and author.get("id") == bot_id):
            self._own[message_id] = None
            if len(self._own) > _MOST_OWN:
                self._own.popitem(last=False)
        return message_id in self._own

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._side_tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._side_tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("discord account %s: %s", self._account, task.exception())


async def _insist(attempt: Callable[[], Awaitable[T]], failure: type[Exception], most: int = 0) -> T:
    """Try until it works, or as often as ``most`` says; then its last failure."""
    wait, tries = _FIRST_WAIT, 0
    while True:
        try:
            return await attempt()
        except failure as error:
            tries += 1
            if tries == most:
                raise
            _log.warning("discord: tried again in %.1f s: %s", wait, error)
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LAST_WAIT)
