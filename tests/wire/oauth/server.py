"""A server that one logs in at by the device flow, with refresh tokens.

https://www.rfc-editor.org/rfc/rfc8628. GitHub and Qwen differ from it: ``tests/wire/oauth/github.py`` and ``qwen.py``.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

Json = dict[str, Any]

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class OAuthServer:
    """``pending`` are the answers before the person has logged in; every token has a number."""

    device_path = "/device/code"
    device_code = "d-1"

    def __init__(self) -> None:
        self.pending: deque[Json] = deque()
        self.refused = ""
        #: How many requests for a token break off.
        self.drops = 0
        self.interval = 0.01
        self.lives_seconds = 3600
        self.renewals = 0
        self.slow_seconds = 0.0
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self._challenge = ""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, Json]:
        return 404, {"message": f"no such path: {path}"}

    def post(self, path: str, asked: dict[str, str]) -> tuple[int, Json]:
        if path.endswith(self.device_path):
            return self._begin(asked)
        if asked.get("grant_type") == "refresh_token":
            return self._renew(asked["refresh_token"])
        wrong = self.wrong(asked)
        if not wrong and self.pending:
            wrong = self.pending.popleft()
        return self.not_yet(wrong) if wrong else (200, self.tokens())

    def _begin(self, asked: dict[str, str]) -> tuple[int, Json]:
        if not asked.get("client_id"):
            return 400, {"error": "invalid_client"}
        self._challenge = asked.get("code_challenge", "")
        return self.shown(asked)

    # -- what vendors have of their own ----------------------------------------------------------------------

    def shown(self, asked: dict[str, str]) -> tuple[int, Json]:
        """What the person is shown."""
        shown = {"user_code": "WDJB-MJHT", "verification_uri": "https://vendor.example/device"}
        return 200, {"device_code": self.device_code, **shown, "expires_in": 900, "interval": self.interval}

    def wrong(self, asked: dict[str, str]) -> Json | None:
        """What is wrong with a request for a token."""
        if asked.get("grant_type") != DEVICE_GRANT:
            return {"error": "unsupported_grant_type"}
        if asked.get("device_code") != self.device_code:
            return {"error": "invalid_grant"}
        if self._challenge:
            digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self._challenge:
                return {"error": "invalid_grant"}
        return None

    def not_yet(self, error: Json) -> tuple[int, Json]:
        """How a token is refused, for now or for good."""
        return 400, error

    def tokens(self) -> Json:
        return {"access_token": f"access-{next(self.numbers)}", "refresh_token": "r-1", "expires_in": 3600}

    def encoded(self, body: Json, accepted: str) -> tuple[str, bytes]:
        """The content type and the content."""
        return "application/json", json.dumps(body).encode()

    def _renew(self, refresh: str) -> tuple[int, Json]:
        time.sleep(self.slow_seconds)
        if self.refused:
            return 400, {"error": "invalid_grant", "error_description": self.refused}
        with self.lock:
            self.renewals += 1
            number = next(self.numbers)
        return 200, {
            "access_token": f"access-{number}",
            "refresh_token": f"{refresh}+",
            "expires_in": self.lives_seconds,
        }


def as_form(body: Json) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded; charset=utf-8", urlencode(body).encode()


def _handler(server: OAuthServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            asked = {name: each[0] for name, each in parse_qs(body).items()}
            if server.drops and "device_code" in asked:
                server.drops -= 1
                self.close_connection = True
                return
            self._send(*server.post(self.path, asked))

        def do_GET(self) -> None:
            self._send(*server.get(self.path, self.headers))

        def _send(self, status: int, body: Json) -> None:
            kind, data = server.encoded(body, self.headers.get("accept", ""))
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    return Handler
