"""A local Google: the Chat API, the token endpoint and the two sets of certificates.

It follows https://developers.google.com/workspace/chat/api/reference/rest/v1 (spaces.messages, media), the page about
service accounts (https://developers.google.com/identity/protocols/oauth2/service-account#httprest), and
https://developers.google.com/workspace/chat/verify-requests-from-chat. It refuses what Google refuses: an assertion by
another key, a token of another scope, a message that is too long, a space that the app is not in.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from functools import lru_cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from google.auth import crypt, jwt

from tests.certificates import SelfSigned, self_signed
from tests.wire.local_http import LocalHttp

APP = "bot@project.iam.gserviceaccount.com"
BOT_SCOPE = "https://www.googleapis.com/auth/chat.bot"
PERSON_SCOPE = "https://www.googleapis.com/auth/chat.messages.create"
MAX_BYTES = 32_000


@lru_cache(maxsize=4)
def key_pair(name: str) -> SelfSigned:
    """A key for the session: making one takes a while."""
    return self_signed(name, kind="rsa")


@dataclass(frozen=True)
class Fault:
    """What the next call of this kind meets. ``swallow`` does what was asked and never answers."""

    kind: str = "refuse"
    code: int = 403
    status: str = "PERMISSION_DENIED"
    headers: dict[str, str] = field(default_factory=dict)
    details: list[dict[str, Any]] = field(default_factory=list)
    what: str = "create"


class _Refused(Exception):
    def __init__(self, code: int, status: str, message: str = "", **more: Any) -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.more = code, status, message, more


class GoogleServer(LocalHttp):
    """Listens on 127.0.0.1; a context manager."""

    def __init__(self) -> None:
        self.signer = key_pair("google")
        self.account = key_pair("account")
        self.spaces = {"spaces/DM42", "spaces/ROOM"}
        self.messages: dict[str, dict[str, Any]] = {}
        self.media: dict[str, bytes] = {}
        self.uploads: list[tuple[str, str, bytes]] = []
        self.calls: list[tuple[str, str, dict[str, list[str]], Any]] = []
        self.tokens_given: list[dict[str, Any]] = []
        self.certificates_asked = 0
        self.certificates_broken = False
        self._tokens: dict[str, dict[str, Any]] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self.listen(_handler(self))

    def section(self, **keys: Any) -> dict[str, Any]:
        """An account's section that leads here."""
        section = {
            "audience_type": "app-url",
            "audience": "https://claw.example.org/webhooks/googlechat/default",
            "service_account": self.key_json(),
            "api_base": self.url,
            "oidc_certificates_url": f"{self.url}/certs",
            "chat_certificates_url": f"{self.url}/certs",
            "connect_timeout_seconds": 5,
            "read_timeout_seconds": 10,
        }
        return section | keys

    def key_json(self) -> str:
        key = {
            "type": "service_account",
            "client_email": APP,
            "private_key": self.account.key.decode(),
            "private_key_id": "k1",
            "token_uri": f"{self.url}/token",
        }
        return json.dumps(key)

    def fail(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    @property
    def texts(self) -> list[str]:
        return [message.get("text", "") for message in self.messages.values()]

    # --- for the handler ----------------------------------------------------------------------------------------

    def fault_for(self, what: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.what == what:
                    del self._faults[index]
                    return fault
        return None

    def certificates(self) -> dict[str, str]:
        self.certificates_asked += 1
        if self.certificates_broken:
            raise _Refused(503, "UNAVAILABLE")
        return {"key-1": self.signer.certificate.decode()}

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
            raise _Refused(400, "unsupported_grant_type", oauth=True)
        try:
            claims = jwt.decode(form["assertion"][0], certs=self.account.certificate, audience=f"{self.url}/token")
        except ValueError as error:
            raise _Refused(400, "invalid_grant", str(error), oauth=True) from None
        if claims["iss"] != APP or claims["exp"] - claims["iat"] > 3600:
            raise _Refused(400, "invalid_grant", "Invalid JWT", oauth=True)
        with self._lock:
            token = f"ya29.token-{len(self.tokens_given) + 1}"
            self.tokens_given.append(dict(claims))
            self._tokens[token] = dict(claims)
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def claims_of(self, authorization: str) -> dict[str, Any]:
        claims = self._tokens.get(authorization.removeprefix("Bearer "))
        if claims is None:
            raise _Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        return claims

    def create(self, space: str, query: dict[str, list[str]], message: dict[str, Any], claims: Any) -> dict[str, Any]:
        if space not in self.spaces:
            raise _Refused(403, "PERMISSION_DENIED", "The app is not a member of the space.")
        unknown = set(message) - {"text", "cardsV2", "thread", "attachment", "markupSyntax"}
        if unknown or not (message.get("text") or message.get("attachment")):
            raise _Refused(400, "INVALID_ARGUMENT", f"Message cannot be empty. {unknown}")
        if len(json.dumps(message, ensure_ascii=False).encode()) > MAX_BYTES:
            raise _Refused(400, "INVALID_ARGUMENT", "Message is too long")
        if "attachment" in message and claims["scope"] != PERSON_SCOPE:
            raise _Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
        request_id = query.get("requestId", [""])[0]
        with self._lock:
            if request_id and request_id in self._requests:
                return self._requests[request_id]
            name = f"{space}/messages/M{len(self.messages) + 1}.{len(self.messages) + 1}"
            created = {**message, "name": name, "sender": {"name": claims.get("sub", claims["iss"])}}
            self.messages[name] = self._requests[request_id] = created
        return created

    def upload(self, space: str, kind: str, body: bytes, claims: Any) -> dict[str, Any]:
        if claims["scope"] != PERSON_SCOPE:
            raise _Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
        whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
        about, content = whole.iter_parts()
        found = (json.loads(about.get_payload(decode=True))["filename"], content.get_content_type())
        self.uploads.append((*found, content.get_payload(decode=True)))
        return {"attachmentDataRef": {"attachmentUploadToken": f"upload-{len(self.uploads)}"}}


def _handler(server: GoogleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def do_PATCH(self) -> None:
            self._answer("PATCH")

        def do_DELETE(self) -> None:
            self._answer("DELETE")

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                found = self._route(method, body)
            except _Refused as refused:
                self._refuse(refused)
                return
            if found is None:
                self.close_connection = True
            else:
                content = found if isinstance(found, bytes) else json.dumps(found).encode()
                self._send(200, content)

        def _route(self, method: str, body: bytes) -> Any:
            url = urlsplit(self.path)
            query, path = parse_qs(url.query), unquote(url.path)
            if path == "/certs":
                return server.certificates()
            if path == "/token":
                self._stumble("token")
                return server.token(parse_qs(body.decode()))
            claims = server.claims_of(self.headers.get("authorization", ""))
            multipart = self.headers.get("content-type", "").startswith("multipart/")
            payload = json.loads(body) if body and not multipart else None
            server.calls.append((method, path, query, payload))
            if path.startswith("/upload/v1/"):
                self._stumble("upload")
                space = path.removeprefix("/upload/v1/").removesuffix("/attachments:upload")
                return server.upload(space, self.headers["content-type"], body, claims)
            if claims["scope"] != BOT_SCOPE and not path.endswith("/messages"):
                raise _Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
            return self._api(method, path, query, payload, claims)

        def _api(self, method: str, path: str, query: dict[str, list[str]], payload: Any, claims: Any) -> Any:
            if path.startswith("/v1/media/"):
                content = server.media.get(path.removeprefix("/v1/media/"))
                if content is None or query.get("alt") != ["media"]:
                    raise _Refused(404, "NOT_FOUND")
                return content
            if method == "GET" and path == "/v1/spaces":
                return {"spaces": [{"name": name} for name in sorted(server.spaces)]}
            if method == "POST" and (found := re.fullmatch(r"/v1/(spaces/[^/]+)/messages", path)):
                fault = self._stumble("create")
                created = server.create(found[1], query, payload, claims)
                return None if fault == "swallow" else created
            name = path.removeprefix("/v1/")
            if name not in server.messages:
                raise _Refused(404, "NOT_FOUND")
            self._stumble("change")
            if method == "DELETE":
                del server.messages[name]
                return {}
            assert query["updateMask"] == ["text"]
            server.messages[name] |= payload
            return server.messages[name]

        def _stumble(self, what: str) -> str:
            fault = server.fault_for(what)
            if fault is None or fault.kind == "swallow":
                return fault.kind if fault else ""
            raise _Refused(fault.code, fault.status, "staged", headers=fault.headers, details=fault.details)

        def _refuse(self, refused: _Refused) -> None:
            if refused.more.get("oauth"):
                body: dict[str, Any] = {"error": refused.status, "error_description": refused.message}
            else:
                body = {"error": {"code": refused.code, "status": refused.status, "message": refused.message}}
                body["error"]["details"] = refused.more.get("details", [])
            self._send(refused.code, json.dumps(body).encode(), refused.more.get("headers"))

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


@lru_cache(maxsize=16)
def _signer(key: bytes, key_id: str) -> crypt.RSASigner:
    return crypt.RSASigner.from_string(key, key_id=key_id)


def bearer(
    server: GoogleServer,
    *,
    audience: str = "https://claw.example.org/webhooks/googlechat/default",
    key: SelfSigned | None = None,
    key_id: str = "key-1",
    lasts_seconds: int = 3600,
    issued_seconds_ago: int = 10,
    **claims: Any,
) -> str:
    """The header of a call as Google signs it; ``claims`` stand in place of the usual ones."""
    now = int(time.time())
    usual = {
        "iss": "https://accounts.google.com",
        "aud": audience,
        "email": "chat@system.gserviceaccount.com",
        "email_verified": True,
        "iat": now - issued_seconds_ago,
        "exp": now - issued_seconds_ago + lasts_seconds,
    }
    return f"Bearer {jwt.encode(_signer((key or server.signer).key, key_id), usual | claims).decode()}"
