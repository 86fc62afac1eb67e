"""flask-sock with our own WebSocket: every upgrade request on any path becomes a gateway connection.

Two requests that look alike, one with and one without ``Upgrade: websocket``, go to different handlers: the routes here
only match upgrades, everything else stays plain HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, abort, request
from flask_sock import Sock
from wsproto.utilities import ProtocolError

from web.gateway import Gateway
from web.ws.socket import GatewaySocket

SERVICE_UNAVAILABLE = 503
#: The endpoint of every upgrade.
WEBSOCKET = "websocket"


class GatewaySock(Sock):  # type: ignore[misc]
    """Serves a gateway's WebSockets."""

    def serve(self, app: Flask, gateway: Gateway) -> None:
        """Route every upgrade to the gateway."""

        def accept(**_path: str) -> Response:
            if gateway.draining:
                abort(SERVICE_UNAVAILABLE)
            try:
                socket = GatewaySocket(
                    request.environ, max_message_bytes=gateway.services.facts.limits.max_handshake_payload
                )
            except ProtocolError:
                abort(400)
            gateway.serve(socket, request.environ)
            return _Hijacked(socket.mode)

        options = {"websocket": True, "strict_slashes": False, "merge_slashes": False}
        app.add_url_rule("/", WEBSOCKET, accept, **options)
        app.add_url_rule("/<path:path>", WEBSOCKET, accept, **options)


class _Hijacked(Response):
    """Tells the web server that the socket has been used up; each server has its own way."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._mode == "gunicorn":
            raise StopIteration
        if self._mode == "werkzeug":
            return super().__call__(environ, start_response)
        return []
