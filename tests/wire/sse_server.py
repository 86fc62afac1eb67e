"""A small HTTP/1.1 server that streams server-sent events, for the vendors' wire formats.

One event loop in one thread serves hundreds of streams at once. Answers are scripted one by one, or made from the
request when the script is empty. Every request is recorded.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

Json = dict[str, Any]


class Control:
    """What a reply does besides sending bytes."""

    def __init__(self, name: str) -> None:
        self.name = name


#: Close the connection in the middle of the body.
BREAK = Control("break")
#: Say nothing more until the client goes away.
HANG = Control("hang")

#: The content type of server-sent events.
EVENTS = "text/event-stream; charset=utf-8"

#: Bytes to send, seconds to wait, or a control.
Step = bytes | float | Control


@dataclass(frozen=True)
class Reply:
    """One answer; ``steps`` is its body, piece by piece, each its own chunk."""

    steps: Iterable[Step] = ()
    status: int = 200
    headers: Json = field(default_factory=dict)
    content_type: str = EVENTS
    #: Send no head either: the client waits for the first byte.
    mute: bool = False

    @classmethod
    def of_json(cls, body: Any, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls([json.dumps(body).encode()], status, named, "application/json")


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it came in; header names are lower case."""

    path: str
    headers: dict[str, str]
    body: Json


class SSEServer:
    """Start with ``with`` or ``start()``; every public method may be called from any thread."""

    #: What the path of a model call ends with, or one of several.
    path: ClassVar[str | tuple[str, ...]] = "/"

    def __init__(self, *, tokens: int = 20, delay_seconds: float = 0.0, host: str = "127.0.0.1", port: int = 0) -> None:
        self.tokens, self.delay_seconds = tokens, delay_seconds
        self.host, self.port = host, port
        self.requests: list[RecordedRequest] = []
        self._script: deque[Reply] = deque()
        self._counts = dict.fromkeys(("connections", "requests", "active", "peak", "completed", "aborted"), 0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[Any] | None = None

    # -- what a vendor's format adds -------------------------------------------------------------------------

    def reply_to(self, request: RecordedRequest) -> Reply:
        """Answer a request for which nothing is scripted."""
        raise NotImplementedError

    def text_of(self, request: RecordedRequest) -> str:
        """The last user message."""
        raise NotImplementedError

    def refuse(self, request: RecordedRequest) -> Reply | None:
        """Turn a request away, whatever is scripted."""
        return None

    # -- for tests -------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def script(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order."""
        self._script.extend(replies)

    def stats(self) -> dict[str, int]:
        return dict(self._counts)

    def reset(self) -> None:
        """Forget scripts, requests and counts, but for the open connections' own."""
        self._script.clear()
        self.requests.clear()
        for name in ("connections", "requests", "peak", "completed", "aborted"):
            self._counts[name] = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name=type(self).__name__, daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the wire server did not start")
        return self

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._cancel_all)
            self._thread.join(10)

    # -- the server ------------------------------------------------------------------------------------------

    def _run(self, ready: threading.Event) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self.serve(ready))

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serve until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        server = await asyncio.start_server(self._accept, self.host, self.port, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        if ready is not None:
            ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _cancel_all(self) -> None:
        if self._main is not None:
            self._main.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._counts["connections"] += 1
        try:
            while (request := await _read_request(reader)) is not None:
                if not await self._respond(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _respond(
        self, request: RecordedRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; true when the connection can take another."""
        if (page := self._page(request.path)) is not None:
            _send_whole(writer, 200, page)
            return True
        if not request.path.endswith(self.path):
            _send_whole(writer, 404, {"error": {"message": f"no such path: {request.path}"}})
            return True
        self._begin(request)
        reply = self.refuse(request)
        if reply is None:
            reply = self._script.popleft() if self._script else self.reply_to(request)
        gone = asyncio.create_task(reader.read(1))
        try:
            finished = await self._stream(reply, writer, gone)
        except ConnectionError:
            finished = False
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await gone
            self._counts["active"] -= 1
        self._counts["completed" if finished else "aborted"] += 1
        return finished

    def _begin(self, request: RecordedRequest) -> None:
        self.requests.append(request)
        counts = self._counts
        counts["requests"] += 1
        counts["active"] += 1
        counts["peak"] = max(counts["peak"], counts["active"])

    async def _stream(self, reply: Reply, writer: asyncio.StreamWriter, gone: asyncio.Task[bytes]) -> bool:
        if not reply.mute:
            writer.write(_head(reply))
        for step in reply.steps:
            if isinstance(step, bytes):
                writer.write(b"%x\r\n%b\r\n" % (len(step), step))
                await writer.drain()
            elif step is BREAK:
                return False
            else:
                # Wakes early when the client goes away.
                await asyncio.wait({gone}, timeout=None if step is HANG else float(step))  # type: ignore[arg-type]
            if gone.done():
                return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def _page(self, path: str) -> Any:
        if path == "/stats":
            return self.stats()
        if path == "/calls":
            return [{"model": r.body.get("model", ""), "text": self.text_of(r)} for r in self.requests]
        return None


async def _read_request(reader: asyncio.StreamReader) -> RecordedRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    if headers.get("content-type", "").startswith("multipart/"):
        return RecordedRequest(first.split(" ")[1], headers, {"multipart": body.decode("latin-1")})
    return RecordedRequest(first.split(" ")[1], headers, json.loads(body) if body else {})


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} .", f"Content-Type: {reply.content_type}", "Transfer-Encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _send_whole(writer: asyncio.StreamWriter, status: int, body: Any) -> None:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)


def cut(data: bytes, size: int) -> list[bytes]:
    """The same bytes in small pieces, which end anywhere."""
    return [data[i : i + size] for i in range(0, len(data), size)]
