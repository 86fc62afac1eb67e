"""A server that one logs in at by the device flow, with refresh tokens or Copilot's exchange.

https://www.rfc-editor.org/rfc/rfc8628
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

Json = dict[str, Any]


class OAuthServer:
    """``pending`` are the answers before the person has logged in; every token has a number."""

    def __init__(self) -> None:
        self.pending: deque[Json] = deque()
        self.refused = ""
        self.lives_seconds = 3600
        self.renewals = 0
        self.slow_seconds = 0.0
        self._numbers = itertools.count(1)
        self._challenge = ""
        self._lock = threading.Lock()
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

    def answer(self, path: str, asked: dict[str, str], authorization: str) -> tuple[int, Json]:
        if path.endswith("/device/code"):
            self._challenge = asked.get("code_challenge", "")
            shown = {"user_code": "WDJB-MJHT", "verification_uri": "https://vendor.example/device"}
            return 200, {"device_code": "d-1", **shown, "expires_in": 900, "interval": 0.01}
        if path.endswith("/v2/token"):
            return self._exchange(authorization)
        if asked.get("grant_type") == "refresh_token":
            return self._renew(asked["refresh_token"])
        if self.pending:
            return 400, self.pending.popleft()
        if self._challenge:
            digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self._challenge:
                return 400, {"error": "invalid_grant"}
        return 200, {"access_token": f"access-{next(self._numbers)}", "refresh_token": "r-1", "expires_in": 3600}

    def _exchange(self, authorization: str) -> tuple[int, Json]:
        if self.refused or not authorization.startswith("token "):
            return 401, {"message": self.refused or "Bad credentials"}
        with self._lock:
            self.renewals += 1
            token = f"copilot-{next(self._numbers)}"
        return 200, {"token": token, "expires_at": int(time.time()) + self.lives_seconds}

    def _renew(self, refresh: str) -> tuple[int, Json]:
        time.sleep(self.slow_seconds)
        if self.refused:
            return 400, {"error": "invalid_grant", "error_description": self.refused}
        with self._lock:
            self.renewals += 1
            number = next(self._numbers)
        return 200, {
            "access_token": f"access-{number}",
            "refresh_token": f"{refresh}+",
            "expires_in": self.lives_seconds,
        }


def _handler(server: OAuthServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self._send(*server.answer(self.path, {name: each[0] for name, each in parse_qs(body).items()}, ""))

        def do_GET(self) -> None:
            self._send(*server.answer(self.path, {}, self.headers.get("authorization", "")))

        def _send(self, status: int, body: Json) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    return Handler
