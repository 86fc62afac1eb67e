"""discord.py's gateway connection, with the events handed on as Discord sent them.

discord.py connects, identifies, resumes, beats and finds dead connections. Its parsers are replaced: what reads an
event here is pure and may refuse it, while an event that a parser of discord.py cannot read would end the connection,
and its objects leave fields out. discord.py also keeps its loop over connections to itself, in which a session cannot
be resumed that another process began; that loop is ours.

Imports discord.py, so it is imported when a connection is made.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler, ReconnectWebSocket
from discord.http import HTTPClient, Route

from openclaw.channels.discord.config import DiscordConfig
from openclaw.channels.discord.cursor import Session
from openclaw.channels.discord.limits import INTENT_ADVICE
from openclaw.errors import ChannelError, ChannelRateLimited, ChannelRejected, ChannelUnreachable

_log = logging.getLogger(__name__)

#: Close codes after which connecting again cannot help (topics/opcodes-and-status-codes).
_FATAL = {
    4004: "the token is wrong or was reset",
    4010: "the shard is wrong",
    4011: "the bot is in too many servers for one connection",
    4012: "Discord has ended this version of its gateway",
    4013: "the intents are wrong",
    4014: INTENT_ADVICE,
}
#: Any code but 1000 and 1001 leaves the session to be resumed.
_LEAVE_CODE = 4000
#: How long the first answers and a single question may take, and how long a connection is said goodbye to. Seconds.
_HELLO_SECONDS, _ASK_SECONDS, _GOODBYE_SECONDS = 60.0, 20.0, 0.5
#: The time that ``max_concurrency`` counts identifies in. Seconds.
_IDENTIFY_PERIOD_SECONDS = 5.0
#: Connections in a row that bring no event: after so many the session is given up, and then the attempt.
_FRUITLESS_RESUMES, _FRUITLESS_CONNECTIONS = 2, 4
#: Answers that asking again does not change.
_REFUSED = frozenset(range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)) - {HTTPStatus.TOO_MANY_REQUESTS}
_FRAME = "frame"

#: Takes an event's name and content, and the session as it is after it.
OnEvent = Callable[[str, dict[str, Any], Session], None]


class _Http(HTTPClient):
    """Calls the configured address: discord.py has one for all of a process."""

    def __init__(self, config: DiscordConfig, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop, proxy=config.proxy.reveal() if config.proxy else None)
        self._api_base = config.api_base

    async def request(self, route: Route, **options: Any) -> Any:
        route.url = self._api_base + route.url.removeprefix(Route.BASE)
        return await super().request(route, **options)


class _Socket(DiscordWebSocket):
    """Says when anything came: a heartbeat that was answered shows that the connection lives."""

    async def received_message(self, msg: Any, /) -> None:
        await super().received_message(msg)
        self._dispatch(_FRAME, self._keep_alive)


class GatewayClient(discord.Client):
    """One bot's connection. ``events`` are the names of the events that are handed on."""

    def __init__(
        self, config: DiscordConfig, events: frozenset[str], on_event: OnEvent, on_frame: Callable[[], None]
    ) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=_intents(message_content=config.message_content),
            max_messages=None,
            heartbeat_timeout=config.heartbeat_timeout_seconds,
        )
        self.http = _Http(config, self.loop)
        self._connection.http = self.http
        self._connection.parsers = {name: partial(self._hand_on, name) for name in events}
        self._on_event = on_event
        self._on_frame = on_frame
        self._heard = 0
        self._identify_pause_seconds = _IDENTIFY_PERIOD_SECONDS
        self._beats: set[KeepAliveHandler] = set()

    async def identify(self, token: str) -> tuple[str, str]:
        """Log in; the bot's id and name. Raises what discord.py raises, and ChannelUnreachable."""
        with _readable():
            await self.login(token)
        user = self.user
        return (str(user.id), user.name) if user else ("", "")

    async def hold(self, session: Session | None) -> None:
        """Listen, from where a session was left if there is one, until it is cancelled.

        Raises what discord.py raises, and ChannelError classes.
        """
        fruitless = 0
        identified = False
        while True:
            heard = self._heard
            url = session.url if session else await self._starting_point()
            try:
                await self._listen(url, session, initial=not identified)
            except ReconnectWebSocket as again:
                identified = identified or session is None
                session = self._left_at(session) if again.resume else None
            fruitless = fruitless + 1 if self._heard == heard else 0
            if fruitless >= _FRUITLESS_CONNECTIONS:
                raise ChannelUnreachable("discord: the gateway ends every connection at once")
            if fruitless >= _FRUITLESS_RESUMES:
                session = None

    async def ask(self, method: str, path: str, payload: Any = None, **parameters: str) -> Any:
        """Call the REST API; ``None`` where Discord refuses. ``parameters`` stand in the path, others are asked for.

        Waits while Discord limits the rate. Raises ChannelUnreachable.
        """
        named = {name: value for name, value in parameters.items() if f"{{{name}}}" in path}
        query = {name: value for name, value in parameters.items() if name not in named}
        options = {"json": payload} if payload is not None else {"params": query} if query else {}
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                return await self.http.request(Route(method, path, **named), **options)
        except discord.HTTPException as error:
            if error.status in _REFUSED:
                _log.debug("discord %s %s: %s", method, path, error)
                return None
            raise ChannelUnreachable(f"discord {method} {path}: {error}") from error
        except (OSError, aiohttp.ClientError) as error:
            raise ChannelUnreachable(f"discord {method} {path}: {type(error).__name__}") from error

    async def leave(self) -> None:
        """Give the connection up so that its session can be resumed. Leaves no thread."""
        if self.ws is not None and self.ws.open:
            with suppress(TimeoutError, OSError, aiohttp.ClientError):
                await asyncio.wait_for(self.ws.close(_LEAVE_CODE), _GOODBYE_SECONDS)
        # A thread that beats waits for this loop, so it must end before it.
        for beat in self._beats:
            beat.stop()
            await asyncio.to_thread(beat.join, _GOODBYE_SECONDS)
        await self.close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep to the rate of identifies that Discord allows."""
        del shard_id
        if not initial:
            await asyncio.sleep(self._identify_pause_seconds)

    def dispatch(self, event: str, /, *args: Any, **_: Any) -> None:
        """discord.py's own events have no listeners here."""
        if event == _FRAME:
            self._beats = {beat for beat in (*self._beats, *args) if beat is not None and beat.is_alive()}
            self._on_frame()

    async def _listen(self, url: str, session: Session | None, *, initial: bool) -> None:
        connecting = _Socket.from_client(
            self,
            initial=initial,
            gateway=yarl.URL(url),
            resume=session is not None,
            session=session.id if session else None,
            sequence=session.seq if session else None,
        )
        with _readable():
            self.ws = await asyncio.wait_for(connecting, _HELLO_SECONDS)
            while True:
                await self.ws.poll_event()

    async def _starting_point(self) -> str:
        """Where a new session begins. Discord resets the token of a bot that begins too many."""
        with _readable():
            start = await self.http.request(Route("GET", "/gateway/bot"))
            limit = start["session_start_limit"]
            if limit["remaining"] <= 0:
                raise ChannelRateLimited(
                    "discord: no more sessions can be started today", retry_after_seconds=limit["reset_after"] / 1000
                )
            self._identify_pause_seconds = _IDENTIFY_PERIOD_SECONDS / max(1, limit["max_concurrency"])
            return str(start["url"])

    def _left_at(self, session: Session | None) -> Session | None:
        """The session of the connection that ended; the one before where none was begun."""
        socket = self.ws
        if socket is None or not socket.session_id:
            return session
        return Session(socket.session_id, str(socket.gateway), socket.sequence or 0)

    def _hand_on(self, name: str, data: Any) -> None:
        self._heard += 1
        session = Session(self.ws.session_id or "", str(self.ws.gateway), self.ws.sequence or 0)
        if isinstance(data, dict):
            self._on_event(name, data, session)
        else:
            _log.warning("discord: an event %s has no content", name)


def as_channel_error(error: BaseException) -> ChannelError | None:
    """What a failed connection means; ``None`` for what is no failure of it."""
    if isinstance(error, ChannelError):
        return error
    if isinstance(error, discord.LoginFailure):
        return ChannelRejected("discord: the token is wrong or was reset")
    if isinstance(error, discord.ConnectionClosed) and error.code in _FATAL:
        return ChannelRejected(f"discord: the gateway closed with {error.code}: {_FATAL[error.code]}")
    if isinstance(error, discord.DiscordException | aiohttp.ClientError | OSError):
        # These repeat the address that was asked, which may be a proxy's with its password.
        said = error.status if isinstance(error, aiohttp.ClientResponseError) else error
        return ChannelUnreachable(f"discord: {type(error).__name__}: {said}")
    return None


@contextmanager
def _readable() -> Iterator[None]:
    """discord.py reads what comes from Discord as if it always had its shape."""
    try:
        yield
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise ChannelUnreachable(f"discord: what came cannot be read ({type(error).__name__})") from error


def _intents(*, message_content: bool) -> discord.Intents:
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.guild_reactions = True
    intents.dm_messages = intents.dm_reactions = True
    intents.message_content = message_content
    return intents
