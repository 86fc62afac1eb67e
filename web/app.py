"""The Flask application: WebSocket on every path, plain HTTP beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, jsonify, request

from web.gateway import Gateway
from web.http.access import HttpRefused, secure
from web.http.health import HEALTH, health_routes
from web.http.hooks.routes import answer_hook
from web.http.media import media_routes
from web.http.openai.errors import UNAVAILABLE, ApiError
from web.http.openai.routes import OPENAI, openai_routes
from web.http.tools import tool_routes
from web.http.webhooks import MAX_BODY_BYTES, webhook_routes
from web.services import GatewayServices
from web.sockets import WEBSOCKET, GatewaySock

#: Where the application keeps its gateway: ``app.extensions[EXTENSION]``.
EXTENSION = "openclaw_gateway"


def build_app(services: GatewayServices) -> Flask:
    """Build the application and start its gateway."""
    gateway = Gateway(services)
    app = Flask("openclaw", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions[EXTENSION] = gateway
    app.register_blueprint(health_routes(gateway))
    app.register_blueprint(webhook_routes(gateway))
    app.register_blueprint(media_routes(gateway))
    app.register_blueprint(openai_routes(gateway))
    app.register_blueprint(tool_routes(gateway))
    app.before_request(partial(_refuse_while_starting, gateway))
    app.before_request(partial(answer_hook, gateway))
    app.after_request(secure)
    app.register_error_handler(HttpRefused, lambda refused: refused.response())
    GatewaySock().serve(app, gateway)
    gateway.start()
    return app


def _refuse_while_starting(gateway: Gateway) -> Any:
    """Answer nothing but health before the gateway is ready; a WebSocket's client is told by its own handshake."""
    if gateway.startup.ready or request.blueprint == HEALTH or request.endpoint == WEBSOCKET:
        return None
    if request.blueprint == OPENAI:
        return ApiError(UNAVAILABLE, "The gateway is starting; try again.", retry_after_seconds=1.0).response()
    body = jsonify(error="gateway starting; retry shortly", missing=gateway.startup.missing)
    return body, 503, {"Retry-After": "1"}
