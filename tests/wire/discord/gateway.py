"""A local gateway of Discord: sessions that are told of events, dropped, resumed and forgotten.

It follows https://docs.discord.com/developers/events/gateway (version 10).
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from aiohttp import WSMsgType, web

from tests.wire.discord import payloads

T = TypeVar("T")
_EPOCH_MS = 1_420_070_400_000
_DISPATCH, _HEARTBEAT, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 6, 7, 9, 10, 11
_MESSAGE_CONTENT = 1 << 15


@dataclass
class Session:
    """A session and all it was told: what a resume replays."""

    id: str
    events: list[dict[str, Any]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    deflate: Any = None
    #: Whether anything is said, heartbeats included.
    mute: bool = False


class LocalGateway:
    """The sessions of one bot, on a loop in a thread of its own. May be used from any thread."""

    def __init__(self, token: str, port: int, heartbeat_seconds: float) -> None:
        self.token = token
        self.heartbeat_seconds = heartbeat_seconds
        self.application = dict(payloads.APPLICATION)
        self.sessions: list[Session] = []
        #: Opcodes that came from clients, without heartbeats.
        self.opcodes: list[int] = []
        self.starts_left = 1000
        #: Close codes that the next connections meet instead of an answer to IDENTIFY or RESUME.
        self.turn_away: deque[int] = deque()
        self.close_codes: list[int | None] = []
        self._port = port
        self._next = 0
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local-discord", daemon=True)

    def snowflake(self) -> str:
        self._next += 1
        return str(((int(time.time() * 1000) - _EPOCH_MS) << 22) + self._next)

    def wait_for(self, condition: Callable[[Self], object], seconds: float = 15.0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), seconds), self.opcodes

    def dispatch(self, name: str, data: Any) -> None:
        self._do(self._dispatch(name, data))

    def close_sockets(self, code: int) -> None:
        self._do(self._each(lambda session, socket: socket.close(code=code)))

    def ask_to_reconnect(self) -> None:
        self._do(self._each(lambda session, _: self._tell(session, {"op": _RECONNECT, "d": None})))

    def invalidate(self) -> None:
        """End all sessions, connected or not."""
        sessions, self.sessions = self.sessions, []
        for session in sessions:
            self._do(self._tell(session, {"op": _INVALID, "d": False}))

    def fall_silent(self) -> None:
        """Answer nothing on the connections that there are, and keep them open."""
        for session in self.sessions:
            session.mute = True

    @property
    def connected(self) -> int:
        return sum(session.socket is not None for session in self.sessions)

    # --- inside -----------------------------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _note(self, change: Callable[[], Any]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    def _start_of_sessions(self) -> dict[str, Any]:
        limit = {"total": 1000, "remaining": self.starts_left, "reset_after": 7000, "max_concurrency": 1000}
        url = f"ws://127.0.0.1:{self._port}/gateway"
        return {"url": url, "shards": 1, "session_start_limit": limit}

    async def _gateway(self, call: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(call)
        connection = Session("", socket=socket)
        if call.query.get("compress") == "zlib-stream":
            connection.deflate = zlib.compressobj()
        if (call.query.get("v"), call.query.get("encoding")) != ("10", "json"):
            await socket.close(code=4012)
            return socket
        await self._tell(connection, {"op": _HELLO, "d": {"heartbeat_interval": int(self.heartbeat_seconds * 1000)}})
        session = connection
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            if said["op"] == _HEARTBEAT:
                await self._tell(session, {"op": _ACK, "d": None})
                continue
            if self.turn_away:
                self._note(lambda op=said["op"]: self.opcodes.append(op))
                await socket.close(code=self.turn_away.popleft())
                break
            session = await self._begin(said, connection)
            self._note(lambda op=said["op"]: self.opcodes.append(op))
        session.socket = None
        self._note(lambda: self.close_codes.append(socket.close_code))
        return socket

    async def _begin(self, said: dict[str, Any], connection: Session) -> Session:
        socket, data = connection.socket, said["d"]
        assert socket is not None
        if data["token"] != self.token:
            await socket.close(code=4004)
            return connection
        if said["op"] == _RESUME:
            return await self._resume(data, connection)
        if data["intents"] & _MESSAGE_CONTENT and not self.application["flags"] & ((1 << 18) | (1 << 19)):
            await socket.close(code=4014)
            return connection
        connection.id = f"session-{self.snowflake()}"
        self.sessions.append(connection)
        ready = {
            "v": 10,
            "user": payloads.BOT,
            "guilds": [{"id": payloads.GUILD_ID, "unavailable": True}],
            "session_id": connection.id,
            "resume_gateway_url": f"ws://127.0.0.1:{self._port}/gateway",
            "application": {"id": self.application["id"], "flags": self.application["flags"]},
        }
        await self._tell_event(connection, "READY", ready)
        await self._tell_event(connection, "GUILD_CREATE", payloads.GUILD)
        return connection

    async def _resume(self, data: dict[str, Any], connection: Session) -> Session:
        session = next((each for each in self.sessions if each.id == data["session_id"]), None)
        if session is None or data["seq"] > len(session.events):
            await self._tell(connection, {"op": _INVALID, "d": False})
            return connection
        session.socket, session.deflate, session.mute = connection.socket, connection.deflate, False
        for event in session.events[data["seq"] :]:
            await self._tell(session, event)
        await self._tell_event(session, "RESUMED", {})
        return session

    async def _dispatch(self, name: str, data: Any) -> None:
        for session in self.sessions:
            await self._tell_event(session, name, data)

    async def _tell_event(self, session: Session, name: str, data: Any) -> None:
        event = {"op": _DISPATCH, "t": name, "s": len(session.events) + 1, "d": data}
        session.events.append(event)
        await self._tell(session, event)

    async def _tell(self, session: Session, frame: dict[str, Any]) -> None:
        socket = session.socket
        if socket is None or socket.closed or session.mute:
            return
        words = json.dumps(frame)
        if session.deflate is None:
            await socket.send_str(words)
        else:
            packed = session.deflate.compress(words.encode()) + session.deflate.flush(zlib.Z_SYNC_FLUSH)
            await socket.send_bytes(packed)

    async def _each(self, act: Callable[[Session, web.WebSocketResponse], Coroutine[Any, Any, Any]]) -> None:
        for session in list(self.sessions):
            if session.socket is not None:
                await act(session, session.socket)
