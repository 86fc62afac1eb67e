"""A local Cloud API: takes messages, files and media requests as strictly as Meta documents them.

After https://developers.facebook.com/documentation/business-messaging/whatsapp/reference (messages, media, conversational
components) and the error codes beside it.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.wire.local_http import LocalHttp

FaultKind = Literal["error", "close-after-request", "garbage"]
_RECIPIENT_KINDS = {"individual", "group"}
_MIMES = re.compile(
    r"image/(jpeg|png|webp)|audio/(aac|amr|mpeg|mp4|ogg)|video/(mp4|3gpp)|text/plain|application/(pdf|msword|vnd\..+)"
)


@dataclass(frozen=True)
class Fault:
    """What the next call of an edge meets. ``close-after-request`` takes the message and never answers."""

    kind: FaultKind = "error"
    status: int = 400
    code: int = 100
    message: str = "(#100) Invalid parameter"
    details: str = ""
    retry_after: int | None = None
    edge: str = "messages"


@dataclass(frozen=True)
class Media:
    """A file of a person's message, or one that was uploaded."""

    content: bytes
    mime: str
    name: str = ""
    #: Where the API says that it is; empty for this server.
    url: str = ""


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.details = status, code, details


@dataclass
class Chat:
    """What the platform holds."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    read: list[dict[str, Any]] = field(default_factory=list)
    commands: list[dict[str, str]] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)


class CloudApiServer(LocalHttp):
    """Listens on 127.0.0.1; a context manager."""

    def __init__(self, token: str, number_id: str, version: str = "v26.0") -> None:
        self.token, self.number_id, self.version = token, number_id, version
        self.chat = Chat()
        self._lock = threading.Lock()
        self._faults: deque[Fault] = deque()
        self.listen(_handler(self))

    @property
    def texts(self) -> list[str]:
        """The visible texts that were sent."""
        return [text_of(message) for message in self.chat.messages]

    def fail(self, fault: Fault) -> None:
        self._faults.append(fault)

    def keep(self, media_id: str, media: Media) -> None:
        self.chat.media[media_id] = media

    # --- for the handler --------------------------------------------------------------------------------------

    def fault_for(self, edge: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.edge == edge:
                    del self._faults[index]
                    return fault
        return None

    def post(self, edge: str, payload: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            match edge:
                case "messages":
                    return self._read(payload) if "status" in payload else self._send(payload)
                case "media":
                    return self._upload(payload)
                case "conversational_automation":
                    return self._set_commands(payload)
        raise _Refused(400, 100, "Unsupported post request")

    def get(self, object_id: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if object_id == self.number_id:
            fields = query["fields"][0].split(",")
            number = {"display_phone_number": "+1 555-078-3881", "verified_name": "Local Shop", "id": object_id}
            return {name: number[name] for name in [*fields, "id"]}
        media = self.chat.media.get(object_id)
        if media is None or query.get("phone_number_id") != [self.number_id]:
            raise _Refused(400, 100, f"Unsupported get request. Object with ID '{object_id}' does not exist")
        url = media.url or f"{self.url}/files?mid={object_id}"
        described = {"url": url, "mime_type": media.mime, "file_size": len(media.content), "id": object_id}
        return {"messaging_product": "whatsapp", "sha256": "0" * 64} | described

    def _read(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["status"] != "read" or not str(payload.get("message_id", "")).startswith("wamid."):
            raise _Refused(400, 100, "(#100) Invalid parameter")
        if payload.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
            raise _Refused(400, 100, "(#100) Invalid parameter")
        self.chat.read.append(payload)
        return {"success": True}

    def _send(self, payload: dict[str, Any]) -> dict[str, Any]:
        kind = payload.get("type")
        if payload.get("messaging_product") != "whatsapp" or payload.get("recipient_type") not in _RECIPIENT_KINDS:
            raise _Refused(400, 131008, "(#131008) Required parameter is missing")
        if not re.fullmatch(r"[0-9]{5,20}|Y2FwaV9ncm91cD.+", payload.get("to", "")) and not payload.get("recipient"):
            raise _Refused(400, 131009, "(#131009) Parameter value is not valid")
        check = {"text": _check_text, "interactive": _check_interactive, "reaction": _check_reaction}.get(str(kind))
        if check is not None:
            check(payload[str(kind)])
        elif kind in ("image", "audio", "video", "document"):
            self._check_media(str(kind), payload[str(kind)])
        else:
            raise _Refused(400, 131051, "(#131051) Unsupported message type")
        self.chat.messages.append(payload)
        wamid = f"wamid.SENT{len(self.chat.messages)}"
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": payload.get("to", ""), "wa_id": payload.get("to", "")}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }

    def _check_media(self, kind: str, content: dict[str, Any]) -> None:
        if content.get("id") not in self.chat.media:
            raise _Refused(400, 131009, "(#131009) Parameter value is not valid", "no such media")
        if len(content.get("caption", "")) > (0 if kind == "audio" else 1024):
            raise _Refused(400, 100, "(#100) Invalid parameter", "caption is too long")

    def _upload(self, payload: dict[str, Any]) -> dict[str, Any]:
        file = payload.get("file")
        if payload.get("messaging_product") != "whatsapp" or not isinstance(file, Media):
            raise _Refused(400, 100, "(#100) Invalid parameter")
        if payload.get("type") != file.mime or not _MIMES.fullmatch(file.mime):
            raise _Refused(400, 100, "(#100) Param file must be a file with one of the following types")
        media_id = str(1_000_000 + len(self.chat.media))
        self.chat.media[media_id] = file
        return {"id": media_id}

    def _set_commands(self, payload: dict[str, Any]) -> dict[str, Any]:
        commands = payload["commands"]
        if len(commands) > 30 or any(len(each["command_name"]) > 32 for each in commands):
            raise _Refused(400, 100, "(#100) Invalid parameter")
        if any(not 1 <= len(each["command_description"]) <= 256 for each in commands):
            raise _Refused(400, 100, "(#100) Invalid parameter")
        self.chat.commands = commands
        return {"success": True}


def text_of(message: dict[str, Any]) -> str:
    """What a person reads of a message."""
    content = message[message["type"]]
    body = content.get("body")
    return body["text"] if isinstance(body, dict) else body or content.get("caption") or content.get("emoji") or ""


def _check_text(content: dict[str, Any]) -> None:
    if not content.get("body", "").strip():
        raise _Refused(400, 131008, "(#131008) Required parameter is missing", "text.body is required")
    if len(content["body"]) > 4096:
        raise _Refused(400, 100, "(#100) Param text['body'] must be at most 4096 characters long.")


def _check_reaction(content: dict[str, Any]) -> None:
    if not content["message_id"].startswith("wamid.") or len(content["emoji"]) > 8:
        raise _Refused(400, 131009, "(#131009) Parameter value is not valid")


def _check_interactive(content: dict[str, Any]) -> None:
    replies = [each["reply"] for each in content["action"]["buttons"] if each["type"] == "reply"]
    titles = [reply["title"] for reply in replies]
    if content["type"] != "button" or not 1 <= len(content["body"]["text"]) <= 1024:
        raise _Refused(400, 131009, "(#131009) Parameter value is not valid", "body")
    if not 1 <= len(replies) <= 3 or len(set(titles)) < len(titles):
        raise _Refused(400, 131009, "(#131009) Parameter value is not valid", "buttons")
    if any(not 1 <= len(reply["title"]) <= 20 or not 1 <= len(reply["id"]) <= 256 for reply in replies):
        raise _Refused(400, 131009, "(#131009) Parameter value is not valid", "button")


def _form(kind: str, body: bytes) -> dict[str, Any]:
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        filename = part.get_filename()
        fields[name] = Media(content, part.get_content_type(), filename) if filename else content.decode()
    return fields


def _handler(server: CloudApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            server.chat.calls.append(f"{self.command} {parts.path}")
            try:
                if self.headers.get("authorization") != f"Bearer {server.token}":
                    raise _Refused(401, 190, "Error validating access token")
                if parts.path == "/files":
                    self._send(200, server.chat.media[parse_qs(parts.query)["mid"][0]].content)
                    return
                found = re.fullmatch(rf"/{server.version}/([^/]+)(?:/(\w+))?", parts.path)
                if found is None:
                    raise _Refused(404, 2500, "Unknown path components")
                self._call(found[1], found[2] or "", parse_qs(parts.query), body)
            except _Refused as refused:
                self._refuse(refused)

        def _call(self, object_id: str, edge: str, query: dict[str, list[str]], body: bytes) -> None:
            fault = server.fault_for(edge)
            if fault is not None and fault.kind == "error":
                self._refuse(_Refused(fault.status, fault.code, fault.message, fault.details), fault.retry_after)
                return
            if self.command == "GET":
                result = server.get(object_id, query)
            elif object_id != server.number_id:
                raise _Refused(400, 100, "Unsupported post request")
            else:
                kind = self.headers.get("content-type", "")
                result = server.post(edge, _form(kind, body) if kind.startswith("multipart/") else json.loads(body))
            if fault is None:
                self._send(200, json.dumps(result).encode())
            elif fault.kind == "garbage":
                self._send(200, b"<html>not the Graph API</html>")
            else:
                self.close_connection = True

        def _refuse(self, refused: _Refused, retry_after: int | None = None) -> None:
            error: dict[str, Any] = {"message": str(refused), "type": "OAuthException", "code": refused.code}
            if refused.details:
                error["error_data"] = {"messaging_product": "whatsapp", "details": refused.details}
            body = json.dumps({"error": error | {"fbtrace_id": "A1b2"}}).encode()
            self._send(refused.status, body, {} if retry_after is None else {"retry-after": str(retry_after)})

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
