"""A local Bot API server: takes messages, counts them, and fails when told to.

It follows https://core.telegram.org/bots/api (making requests, sendMessage, sendChatAction, editMessageText,
deleteMessage, setMessageReaction, getFile, setWebhook, getWebhookInfo, ResponseParameters). Run it
by hand or from another process with ``python -m tests.wire.telegram.server --port 0``; it prints its address and
answers ``GET /_sent`` (``messages``: every one; ``counts``: the distinct ones with how often each came), ``GET /_calls`` (every request) and ``POST /_fail`` (a fault to come).
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any, Literal

from tests.wire.local_http import LocalHttp
from tests.wire.telegram.html_subset import NotTelegramHtml, parse

MAX_UNITS = 4096
MAX_CAPTION = 1024
#: Of setMyCommands.
MAX_COMMANDS, MAX_DESCRIPTION = 100, 256
#: Of getFile, in bytes.
MAX_FILE = 20 * 1024 * 1024
#: Some of those that ReactionTypeEmoji lists.
REACTIONS = frozenset("👍👎❤🔥👀🎉🤔⚡") | {"❤\ufe0f\u200d🔥", "🤷\u200d♂\ufe0f"}
#: Of Update, some of them.
UPDATE_KINDS = frozenset(
    {"message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "message_reaction"}
)
#: How often a caller that waits for updates is looked at, in seconds.
_LOOK_SECONDS = 0.1

FaultKind = Literal["rate-limit", "refuse", "close-after-request", "hang", "garbage"]


@dataclass(frozen=True)
class Fault:
    """What the next matching call meets. ``close-after-request`` and ``hang`` take the message and never answer."""

    kind: FaultKind
    retry_after: int = 1
    code: int = 400
    description: str = "Bad Request"
    parameters: dict[str, Any] = field(default_factory=dict)
    method: str = "sendMessage"
    times: int = 1


@dataclass(frozen=True)
class Sent:
    """A message that a chat holds."""

    message_id: int
    chat_id: int | str
    text: str
    thread_id: int | None
    payload: dict[str, Any]


class _Refused(Exception):
    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class BotApiServer(LocalHttp):
    """Listens on 127.0.0.1; a context manager. Any token is right unless one is given."""

    def __init__(self, port: int = 0, token: str = "") -> None:
        self.token = token
        self._lock = threading.Lock()
        self._sent: list[Sent] = []
        self._ids = count(1)
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._faults: deque[Fault] = deque()
        self._released = threading.Event()
        self._news = threading.Condition(self._lock)
        self._updates: list[dict[str, Any]] = []
        self._files: dict[str, bytes] = {}
        #: What getWebhookInfo says besides the address.
        self.webhook: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        #: The reaction of the bot to each message, by chat and id.
        self.reactions: dict[tuple[Any, int], list[str]] = {}
        self._polls = 0
        self._polling = 0
        #: How often somebody asked for updates while somebody else did.
        self.conflicts = 0
        self.listen(_handler(self), port)

    @property
    def sent(self) -> list[Sent]:
        with self._lock:
            return list(self._sent)

    def calls(self, method: str) -> list[dict[str, Any]]:
        with self._lock:
            return [payload for name, payload in self._calls if name == method]

    def fail(self, fault: Fault) -> None:
        """Let the next ``fault.times`` calls of its method fail."""
        with self._lock:
            self._faults.extend([fault] * fault.times)

    def release(self) -> None:
        self._released.set()
        with self._news:
            self._news.notify_all()

    # --- for the handler --------------------------------------------------------------------------------------

    def fault_for(self, method: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.method == method:
                    del self._faults[index]
                    return fault
        return None

    def note_call(self, method: str, payload: dict[str, Any]) -> None:
        with self._lock:
            self._calls.append((method, payload))

    def hang(self) -> None:
        self._released.wait(60)

    def answer(self, method: str, payload: dict[str, Any], there: Callable[[], bool] = lambda: True) -> Any:
        """The ``result`` of a call. ``there`` says whether the caller still is. Raises _Refused as Telegram would."""
        match method:
            case "sendMessage":
                return self._send_message(payload)
            case "sendVoice" | "sendAudio" | "sendPhoto" | "sendDocument":
                return self._send_file(method.removeprefix("send").lower(), payload)
            case "sendChatAction" | "answerCallbackQuery":
                return True
            case "editMessageText":
                return self._edit_message(payload)
            case "deleteMessage":
                return self._delete_message(payload)
            case "setMessageReaction":
                return self._react(payload)
            case "getFile":
                return self._get_file(payload)
            case "setWebhook" | "deleteWebhook":
                return self._set_webhook(payload)
            case "getWebhookInfo":
                return dict(self.webhook)
            case "getUpdates":
                return self._get_updates(int(payload.get("offset", 0)), float(payload.get("timeout", 0)), there)
            case "setMyCommands":
                return self._set_commands(payload["commands"])
            case "getMe":
                return {"id": 1, "is_bot": True, "first_name": "Local", "username": "local_bot"}
        raise _Refused(404, "Not Found")

    def hold_file(self, file_id: str, content: bytes) -> None:
        """Keep a file that somebody has sent."""
        with self._lock:
            self._files[file_id] = content

    def file_at(self, path: str) -> bytes | None:
        """What is behind a path that getFile named."""
        with self._lock:
            return self._files.get(path.removeprefix("documents/"))

    def post(self, *updates: dict[str, Any]) -> None:
        """Let somebody's updates wait for whoever asks for them."""
        with self._news:
            self._updates += updates
            self._news.notify_all()

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """Updates that no poller has confirmed."""
        with self._lock:
            return list(self._updates)

    def _get_updates(self, offset: int, seconds: float, there: Callable[[], bool]) -> list[dict[str, Any]]:
        """As Telegram does: asking confirms what came before, and a second poller ends the first one's call."""
        with self._news:
            self._polls += 1
            mine = self._polls
            if self._polling and not self._news.wait_for(lambda: not self._polling, 2 * _LOOK_SECONDS):
                self.conflicts += 1
            self._polling += 1
            self._news.notify_all()
            try:
                self._updates = [update for update in self._updates if update["update_id"] >= offset]
                deadline = time.monotonic() + seconds
                while not (self._updates or self._polls != mine or self._released.is_set() or not there()):
                    if (left := deadline - time.monotonic()) <= 0:
                        break
                    self._news.wait(min(left, _LOOK_SECONDS))
                if self._polls != mine:
                    raise _Refused(409, "Conflict: terminated by other getUpdates request; only one bot instance runs")
                return self._updates[:100]
            finally:
                self._polling -= 1

    def _send_file(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        if not payload.get(kind, {}).get("base64"):
            raise _Refused(400, "Bad Request: there is no file in the request")
        if len(payload.get("caption", "")) > MAX_CAPTION:
            raise _Refused(400, "Bad Request: message caption is too long")
        with self._lock:
            caption = str(payload.get("caption", ""))
            thread_id = payload.get("message_thread_id")
            sent = Sent(next(self._ids), payload["chat_id"], caption, thread_id, payload)
            self._sent.append(sent)
        return {"message_id": sent.message_id, "chat": {"id": sent.chat_id}, "date": 0}

    def _get_file(self, payload: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            content = self._files.get(payload.get("file_id", ""))
        if content is None:
            raise _Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > MAX_FILE:
            raise _Refused(400, "Bad Request: file is too big")
        name = payload["file_id"]
        return {"file_id": name, "file_unique_id": name, "file_size": len(content), "file_path": f"documents/{name}"}

    def _set_webhook(self, payload: dict[str, Any]) -> bool:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", payload.get("secret_token", "")):
            raise _Refused(400, "Bad Request: secret token contains unallowed characters")
        if unknown := set(payload.get("allowed_updates", ())) - UPDATE_KINDS:
            raise _Refused(400, f"Bad Request: unknown update types {unknown}")
        if payload.get("drop_pending_updates"):
            self.webhook["pending_update_count"] = 0
        self.webhook["url"] = payload.get("url", "")
        return True

    def _react(self, payload: dict[str, Any]) -> bool:
        wanted = [each["emoji"] for each in payload["reaction"]]
        if not set(wanted) <= REACTIONS:
            raise _Refused(400, "Bad Request: REACTION_INVALID")
        if len(wanted) > 1:
            raise _Refused(400, "Bad Request: REACTIONS_TOO_MANY")
        with self._lock:
            self.reactions[payload["chat_id"], payload["message_id"]] = wanted
        return True

    def _set_commands(self, commands: list[dict[str, str]]) -> bool:
        if len(commands) > MAX_COMMANDS:
            raise _Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise _Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= MAX_DESCRIPTION:
                raise _Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        return True

    def _place(self, payload: dict[str, Any], what: str) -> int:
        for place, message in enumerate(self._sent):
            if (message.chat_id, message.message_id) == (payload["chat_id"], payload["message_id"]):
                return place
        raise _Refused(400, f"Bad Request: message to {what} not found")

    def _edit_message(self, payload: dict[str, Any]) -> dict[str, Any]:
        visible = self._visible(payload)
        with self._lock:
            place = self._place(payload, "edit")
            if self._sent[place].text == visible:
                raise _Refused(400, "Bad Request: message is not modified: it has this text already")
            self._sent[place] = replace(self._sent[place], text=visible)
            return {"message_id": payload["message_id"], "chat": {"id": payload["chat_id"]}, "date": 0, "text": visible}

    def _delete_message(self, payload: dict[str, Any]) -> bool:
        with self._lock:
            del self._sent[self._place(payload, "delete")]
        return True

    def _visible(self, payload: dict[str, Any]) -> str:
        """The text of a message as people see it."""
        text = str(payload.get("text", ""))
        visible = text
        if payload.get("parse_mode") == "HTML":
            try:
                visible = parse(text)
            except NotTelegramHtml as error:
                raise _Refused(400, f"Bad Request: can't parse entities: {error}") from None
        if not visible.strip():
            raise _Refused(400, "Bad Request: message text is empty")
        if len(visible.encode("utf-16-le")) // 2 > MAX_UNITS:
            raise _Refused(400, "Bad Request: message is too long")
        return visible.strip()

    def _send_message(self, payload: dict[str, Any]) -> dict[str, Any]:
        visible = self._visible(payload)
        thread_id = payload.get("message_thread_id")
        if thread_id == 1:
            raise _Refused(400, "Bad Request: message thread not found")
        with self._lock:
            sent = Sent(next(self._ids), payload["chat_id"], visible, thread_id, payload)
            self._sent.append(sent)
        return {"message_id": sent.message_id, "chat": {"id": sent.chat_id}, "date": 0, "text": sent.text}

    def tally(self) -> list[dict[str, Any]]:
        """Distinct messages in the order they first came, with how often each came."""
        rows: dict[tuple[Any, Any, str], dict[str, Any]] = {}
        for message in self.sent:
            key = (message.chat_id, message.thread_id, message.text)
            row = rows.setdefault(
                key,
                {"chat_id": key[0], "thread_id": key[1], "text": key[2], "count": 0, "message_ids": []},
            )
            row["count"] += 1
            row["message_ids"].append(message.message_id)
        return list(rows.values())


def _form(kind: str, body: bytes) -> dict[str, Any]:
    """A form's fields as JSON would have them, and its files with their content as base64."""
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            encoded = b64encode(content).decode()
            fields[name] = {"filename": part.get_filename(), "mime": part.get_content_type(), "base64": encoded}
        else:
            text = content.decode()
            fields[name] = json.loads(text) if name != "caption" and re.fullmatch(r"-?\d+|\{.*\}", text) else text
    return fields


def _handler(server: BotApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *_: Any) -> None:
            """Stay silent: the address holds the token."""

        def do_GET(self) -> None:
            if self.path == "/_sent":
                messages = [vars(message) for message in server.sent]
                self._reply(200, {"messages": messages, "counts": server.tally()})
            elif self.path == "/_calls":
                with server._lock:
                    calls = [{"method": method, "payload": payload} for method, payload in server._calls]
                self._reply(200, calls)
            elif (content := self._file()) is not None:
                # A body that breaks off is one byte short of what was announced.
                self._send(200, content, cut=1 if server.fault_for("file") else 0)
            else:
                self._reply(404, {"ok": False, "error_code": 404, "description": "Not Found"})

        def _file(self) -> bytes | None:
            found = re.fullmatch(r"(?:/prefix)?/file/bot([^/]+)/(.+)", self.path)
            if found is None or (server.token and found[1] != server.token):
                return None
            server.note_call("file", {"path": found[2]})
            return server.file_at(found[2])

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the caller gave up before it had said what it wants
            kind = self.headers.get("content-type", "")
            payload = _form(kind, body) if kind.startswith("multipart/") else json.loads(body or b"{}")
            if self.path == "/_post":
                server.post(*payload["updates"])
                self._reply(200, {"ok": True})
                return
            if self.path == "/_fail":
                server.fail(Fault(**payload))
                self._reply(200, {"ok": True})
                return
            found = re.fullmatch(r"(?:/prefix)?/bot([^/]+)/(\w+)", self.path)
            if found is None:
                self._refuse(_Refused(404, "Not Found"))
            elif server.token and found[1] != server.token:
                self._refuse(_Refused(401, "Unauthorized"))
            else:
                self._call(found[2], payload)

        def _call(self, method: str, payload: dict[str, Any]) -> None:
            server.note_call(method, payload)
            fault = server.fault_for(method)
            match fault.kind if fault else None:
                case "rate-limit":
                    wait = fault.retry_after
                    self._refuse(_Refused(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait}))
                    return
                case "refuse":
                    self._refuse(_Refused(fault.code, fault.description, fault.parameters or None))
                    return
            try:
                result = server.answer(method, payload, self._there)
            except _Refused as refused:
                self._refuse(refused)
                return
            match fault.kind if fault else None:
                case "close-after-request":
                    self.close_connection = True
                case "hang":
                    server.hang()
                    self.close_connection = True
                case "garbage":
                    self._send(200, b"<html>not the Bot API</html>")
                case _:
                    self._reply(200, {"ok": True, "result": result})

        def _there(self) -> bool:
            """Whether the caller has not closed its connection: a killed process asks for nothing any more."""
            if not select.select([self.connection], [], [], 0)[0]:
                return True
            try:
                return bool(self.connection.recv(1, socket.MSG_PEEK))
            except OSError:
                return False

        def _refuse(self, refused: _Refused) -> None:
            body: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            self._reply(refused.code, body)

        def _reply(self, status: int, body: Any) -> None:
            self._send(status, json.dumps(body).encode())

        def _send(self, status: int, body: bytes, cut: int = 0) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - cut])
            self.close_connection = self.close_connection or cut > 0

    return Handler


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--token", default="")
    chosen = options.parse_args()
    with BotApiServer(chosen.port, chosen.token) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
