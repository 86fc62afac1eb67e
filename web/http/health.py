"""``/``, ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import threading
import time
from importlib import resources

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from openclaw.domain.scopes import Scope
from web.gateway import Gateway
from web.http.access import is_local, require

_FRONT_PAGE = resources.files("web.console") / "static" / "index.html"
FRESH_SECONDS = 1.0
#: The blueprint's name: its routes answer before the gateway is ready.
HEALTH = "health"
UNAVAILABLE = 503


class Readiness:
    """Runs the checks at most once a second, however many ask."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lock = threading.Lock()
        self._checked_at = float("-inf")
        self._failing: list[str] = []

    def failing(self) -> list[str]:
        """The names of the parts that are away."""
        with self._lock:
            if time.monotonic() - self._checked_at >= FRESH_SECONDS:
                self._failing = [name for name in self._gateway.services.checks if not self._passes(name)]
                self._checked_at = time.monotonic()
            failing = list(self._failing)
        steps = [f"start:{name}" for name in self._gateway.startup.missing]
        return [*steps, *failing, *(["draining"] if self._gateway.draining else [])]

    def _passes(self, name: str) -> bool:
        try:
            self._gateway.services.checks[name]()
        except Exception:  # noqa: BLE001  (whatever a check raises means that its part is away)
            return False
        return True


def health_routes(gateway: Gateway) -> Blueprint:
    """The routes that operators and their machines ask."""
    routes = Blueprint(HEALTH, __name__)
    readiness = Readiness(gateway)

    @routes.get("/")
    def front() -> Response:
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
            headers = {"Content-Security-Policy": policy}
            return Response(_FRONT_PAGE.read_bytes(), content_type="text/html; charset=utf-8", headers=headers)
        links = {"health": "/healthz", "ready": "/readyz", "metrics": "/metrics"}
        return jsonify(name="openclaw", version=gateway.services.version, websocket="/", links=links)

    @routes.get("/healthz")
    @routes.get("/health")
    def live() -> Response:
        return jsonify(ok=True, status="live", uptimeMs=gateway.uptime_ms)

    @routes.get("/readyz")
    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        failing = readiness.failing()
        body = jsonify(ready=not failing, failing=failing, uptimeMs=gateway.uptime_ms)
        return body, UNAVAILABLE if failing else 200

    @routes.get("/metrics")
    def metrics() -> tuple[Response, int]:
        if not is_local(request, gateway):
            require(request, gateway, Scope.READ)
        return Response(gateway.metrics.render(), content_type=CONTENT_TYPE_LATEST), 200

    return routes
