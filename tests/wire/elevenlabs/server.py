"""A server that speaks ElevenLabs' text-to-speech call.

https://elevenlabs.io/docs/api-reference/text-to-speech/convert
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FORMATS = {"opus_48000_64": ("audio/ogg", b"OggS"), "mp3_44100_128": ("audio/mpeg", b"ID3")}


class ElevenLabsServer:
    """Says every text as its own bytes; ``status`` is what it answers with."""

    def __init__(self, key: str = "xi-secret") -> None:
        self.key = key
        self.status = 200
        self.calls: list[dict[str, Any]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(server: ElevenLabsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            url = urlsplit(self.path)
            wanted = parse_qs(url.query)["output_format"][0]
            server.calls.append({"path": url.path, "format": wanted, **body})
            status = server.status if self.headers.get("xi-api-key") == server.key else 401
            mime, head = FORMATS[wanted]
            if status == 200:
                self._send(200, mime, head + body["text"].encode())
            else:
                detail = {"status": "invalid_api_key", "message": f"Invalid API key {self.headers.get('xi-api-key')}"}
                self._send(status, "application/json", json.dumps({"detail": detail}).encode())

        def _send(self, status: int, mime: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", mime)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
