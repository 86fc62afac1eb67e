"""A local Discord: the REST API and the gateway, with sessions that can be resumed.

It follows https://docs.discord.com/developers (API version 10) and refuses what Discord refuses. Run it by hand with
``python -m tests.wire.discord.server --port 0``; it prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote

from aiohttp import web

from tests.wire.discord import payloads
from tests.wire.discord.gateway import LocalGateway

FaultKind = Literal["rate-limit", "refuse", "close-after-request", "garbage"]
_PAYLOAD = web.RequestKey("payload", object)
_MOST_CHARS, _MOST_NONCE, _MOST_FILE = 2_000, 25, 10 * 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """What the next matching call meets. ``path`` is how it begins behind the version."""

    kind: FaultKind
    method: str = "POST"
    path: str = "/channels/"
    status: int = 403
    retry_after: float = 1.0
    body: dict[str, Any] = field(default_factory=lambda: {"code": 50001, "message": "Missing Access"})


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message} | ({"errors": errors} if errors else {})


class DiscordServer(LocalGateway):
    """Listens on 127.0.0.1; a context manager. May be used from any thread."""

    def __init__(self, token: str, port: int = 0, *, heartbeat_seconds: float = 40.0) -> None:
        super().__init__(token, port, heartbeat_seconds)
        self.messages: list[dict[str, Any]] = []
        self._nonces: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.channels = {key: dict(value) for key, value in payloads.CHANNELS.items()}
        self.members: dict[str, dict[str, Any]] = {}
        self._faults: deque[Fault] = deque()
        self._runner: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/api/v10"

    def start(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    def called(self, method: str, path: str) -> list[Any]:
        """What was sent with these calls, in order."""
        return [payload for made, where, payload in self.calls if (made, where) == (method, path)]

    # --- what people do ---------------------------------------------------------------------------------------

    def say(self, content: str, **changes: Any) -> dict[str, Any]:
        """A person writes: the channel holds it, and every session is told."""
        build = payloads.in_guild if "guild_id" in changes else payloads.message
        message = build(self.snowflake(), content, **changes)
        self.messages.append(message)
        self.dispatch("MESSAGE_CREATE", message)
        return message

    # --- inside -----------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._middleware])
        app.add_routes(
            [
                web.get("/gateway", self._gateway),
                web.get("/files/{name}", self._file),
                web.get("/api/v10/users/@me", _json(lambda _: payloads.BOT)),
                web.get("/api/v10/applications/@me", _json(lambda _: self.application)),
                web.get("/api/v10/oauth2/applications/@me", _json(lambda _: self.application)),
                web.get("/api/v10/gateway/bot", _json(lambda _: self._start_of_sessions())),
                web.get("/api/v10/guilds/{guild}/members/{user}", _json(self._member)),
                web.get("/api/v10/channels/{channel}", _json(self._channel)),
                web.get("/api/v10/channels/{channel}/messages", _json(self._list)),
                web.post("/api/v10/channels/{channel}/messages", self._create),
                web.patch("/api/v10/channels/{channel}/messages/{message}", self._change),
                web.delete("/api/v10/channels/{channel}/messages/{message}", self._remove),
                web.route("*", "/api/v10/channels/{channel}/messages/{message}/reactions/{emoji}/@me", self._react),
                web.post("/api/v10/channels/{channel}/typing", self._typing),
                web.post("/api/v10/users/@me/channels", _json(lambda _: self.channels[payloads.DIRECT_ID])),
                web.put("/api/v10/applications/{application}/commands", self._commands),
                web.post("/api/v10/interactions/{id}/{token}/callback", self._nothing),
                web.patch("/api/v10/webhooks/{application}/{token}/messages/@original", _json(lambda _: {})),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        for session in self.sessions:
            if session.socket is not None:
                await session.socket.close(code=1001)
        # Once a connection of our own is answered, all before it are accepted, and known to what closes them.
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /files/none HTTP/1.0\r\n\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        assert self._runner is not None
        await self._runner.cleanup()
        # Transports that were closed just now let go of their sockets in the loop's next rounds.
        for _ in range(3):
            await asyncio.sleep(0)

    @web.middleware
    async def _middleware(self, call: web.Request, handler: Any) -> web.StreamResponse:
        if not call.path.startswith("/api/"):
            return await handler(call)
        path = unquote(call.raw_path.removeprefix("/api/v10").partition("?")[0])
        payload = await _payload(call)
        call[_PAYLOAD] = payload
        self._note(lambda: self.calls.append((call.method, path, payload)))
        fault = self._fault(call.method, path)
        try:
            if call.headers.get("authorization") != f"Bot {self.token}":
                raise _Refused(401, 0, "401: Unauthorized")
            if not call.headers.get("user-agent", "").startswith("DiscordBot ("):
                raise _Refused(403, 0, "blocked")
            if fault and fault.kind == "rate-limit":
                body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": False}
                return _reply(body, status=429, headers={"X-RateLimit-Scope": "user"})
            if fault and fault.kind == "refuse":
                return _reply(fault.body, status=fault.status)
            answer = await handler(call)
        except _Refused as refused:
            return _reply(refused.body, status=refused.status)
        if fault and fault.kind == "close-after-request" and call.transport is not None:
            call.transport.close()
        return web.Response(text="<html>", content_type="text/html") if fault and fault.kind == "garbage" else answer

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.method == method and path.startswith(fault.path):
                self._faults.remove(fault)
                return fault
        return None

    # --- REST -------------------------------------------------------------------------------------------------

    def _channel(self, call: web.Request) -> dict[str, Any]:
        channel = self.channels.get(call.match_info["channel"])
        if channel is None:
            raise _Refused(404, 10003, "Unknown Channel")
        return channel

    def _member(self, call: web.Request) -> dict[str, Any]:
        member = self.members.get(call.match_info["user"])
        if member is None:
            raise _Refused(404, 10007, "Unknown Member")
        return member

    def _message(self, call: web.Request) -> dict[str, Any]:
        channel = self._channel(call)
        for message in self.messages:
            if (message["id"], message["channel_id"]) == (call.match_info["message"], channel["id"]):
                return message
        raise _Refused(404, 10008, "Unknown Message")

    def _list(self, call: web.Request) -> list[dict[str, Any]]:
        """The page right behind ``after``, the latest message first; without what only the gateway says."""
        channel, after, limit = self._channel(call), int(call.query["after"]), int(call.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise _Refused(400, 50035, "Invalid Form Body")
        found = [each for each in self.messages if each["channel_id"] == channel["id"] and int(each["id"]) > after]
        page = sorted(found, key=lambda message: int(message["id"]))[:limit]
        only_gateway = ("guild_id", "member", "channel_type")
        return [{key: value for key, value in each.items() if key not in only_gateway} for each in reversed(page)]

    async def _create(self, call: web.Request) -> web.Response:
        channel, payload = self._channel(call), call[_PAYLOAD]
        _check_content(payload)
        reference = payload.get("message_reference")
        known = {message["id"] for message in self.messages}
        if reference and reference["message_id"] not in known and reference.get("fail_if_not_exists", True):
            raise _Refused(
                400, 50035, "Invalid Form Body", {"message_reference": {"_errors": [{"message": "Unknown"}]}}
            )
        nonce = payload.get("nonce", "")
        if len(str(nonce)) > _MOST_NONCE:
            raise _Refused(400, 50035, "Invalid Form Body", {"nonce": {"_errors": [{"message": "too long"}]}})
        if payload.get("enforce_nonce") and (same := self._nonces.get(nonce)):
            return _reply(same)
        message = payloads.message(
            self.snowflake(), payload.get("content", ""), channel_id=channel["id"], author=payloads.BOT
        )
        if nonce:
            self._nonces[nonce] = message
        self._note(lambda: self.messages.append(message))
        await self._dispatch("MESSAGE_CREATE", message)
        return _reply(message)

    async def _change(self, call: web.Request) -> web.Response:
        message, payload = self._message(call), call[_PAYLOAD]
        if message["author"]["id"] != payloads.BOT_ID:
            raise _Refused(403, 50005, "Cannot edit a message authored by another user")
        _check_content(payload)
        message["content"] = payload["content"]
        return _reply(message)

    async def _remove(self, call: web.Request) -> web.Response:
        self.messages.remove(self._message(call))
        return web.Response(status=204)

    async def _react(self, call: web.Request) -> web.Response:
        self._message(call)
        if call.match_info["emoji"].isascii() and ":" not in call.match_info["emoji"]:
            raise _Refused(400, 10014, "Unknown Emoji")
        return web.Response(status=204)

    async def _typing(self, call: web.Request) -> web.Response:
        self._channel(call)
        return web.Response(status=204)

    async def _nothing(self, call: web.Request) -> web.Response:
        del call
        return web.Response(status=204)

    async def _commands(self, call: web.Request) -> web.Response:
        if call.match_info["application"] != self.application["id"]:
            raise _Refused(404, 10002, "Unknown Application")
        commands = call[_PAYLOAD]
        names = [command["name"] for command in commands]
        fits = all(1 <= len(command["description"]) <= 100 for command in commands)
        if len(names) > 100 or len(set(names)) != len(names) or not fits:
            raise _Refused(400, 50035, "Invalid Form Body")
        return _reply(commands)

    async def _file(self, call: web.Request) -> web.Response:
        if "authorization" in call.headers:
            return web.Response(status=400)
        content = self.files.get(call.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)


def _reply(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """With the type that Discord sends: discord.py reads no other as JSON."""
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers, content_type="application/json")


def _json(answer: Callable[[web.Request], Any]) -> Any:
    async def handle(call: web.Request) -> web.Response:
        return _reply(answer(call))

    return handle


async def _payload(call: web.Request) -> Any:
    if call.content_type == "multipart/form-data":
        form = await call.post()
        payload = json.loads(form["payload_json"])
        files = [value for name, value in form.items() if name.startswith("files[")]
        read = [{"name": file.filename, "mime": file.content_type, "content": file.file.read()} for file in files]
        return payload | {"files": read}
    body = await call.read()
    return json.loads(body) if body else None


def _check_content(payload: dict[str, Any]) -> None:
    content, files = payload.get("content", ""), payload.get("files", [])
    if len(content) > _MOST_CHARS:
        wrong = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}
        raise _Refused(400, 50035, "Invalid Form Body", {"content": {"_errors": [wrong]}})
    if not content.strip() and not files:
        raise _Refused(400, 50006, "Cannot send an empty message")
    if any(len(file["content"]) > _MOST_FILE for file in files):
        raise _Refused(413, 40005, "Request entity too large")
    if payload.get("allowed_mentions") != {"parse": []}:
        raise _Refused(400, 50035, "a reply must not notify anybody")
    for row in payload.get("components", []):
        ids = [button["custom_id"] for button in row["components"]]
        lengths = all(1 <= len(each) <= 100 for each in ids) and all(len(b["label"]) <= 80 for b in row["components"])
        if len(ids) > 5 or len(set(ids)) != len(ids) or not lengths:
            raise _Refused(400, 50035, "Invalid Form Body")


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--token", default="token")
    chosen = options.parse_args()
    with DiscordServer(chosen.token, chosen.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
