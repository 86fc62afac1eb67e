"""A server that speaks the web socket of Edge's read-aloud voices: text frames with headers, sound in binary frames."""

from __future__ import annotations

import asyncio
import re
import threading
from html import unescape
from typing import Self

from aiohttp import WSMsgType, web

#: The sound is sent in pieces.
PIECE_BYTES = 7


class EdgeServer:
    """Says every text as its own bytes; when it is ``mute`` its turns are without sound."""

    def __init__(self) -> None:
        self.mute = False
        self.said: list[tuple[str, str]] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/edge/v1?TrustedClientToken=test"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_get("/edge/v1", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT or "Path:ssml" not in message.data:
                continue
            voice = re.search(r"voice name='([^']+)'", message.data)
            words = unescape(re.sub(r"<[^>]+>", "", message.data.split("\r\n\r\n", 1)[1])).strip()
            self.said.append((voice[1] if voice else "", words))
            await socket.send_str("X-RequestId:1\r\nContent-Type:application/json\r\nPath:turn.start\r\n\r\n{}")
            sound = b"" if self.mute else b"ID3" + words.encode()
            for at in range(0, len(sound), PIECE_BYTES):
                head = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nX-StreamId:1\r\nPath:audio\r\n"
                await socket.send_bytes(len(head).to_bytes(2, "big") + head + sound[at : at + PIECE_BYTES])
            await socket.send_str("X-RequestId:1\r\nContent-Type:application/json\r\nPath:turn.end\r\n\r\n{}")
        return socket
