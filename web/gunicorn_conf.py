"""``gunicorn -c python:web.gunicorn_conf 'web:create_app()'``: the gateway under gunicorn."""

from __future__ import annotations

from typing import Any

from openclaw.composition.gateway import gateway_bind
from openclaw.observability.process_title import set_title
from web import restart
from web.restart import on_exit
from web.serving import (
    control_socket_disable,
    forwarded_allow_ips,
    graceful_timeout,
    keepalive,
    post_worker_init,
    timeout,
    worker_class,
    worker_connections,
    worker_exit,
    workers,
)

__all__ = [
    "bind",
    "control_socket_disable",
    "forwarded_allow_ips",
    "graceful_timeout",
    "keepalive",
    "on_exit",
    "post_fork",
    "post_worker_init",
    "pre_fork",
    "timeout",
    "worker_class",
    "worker_connections",
    "worker_exit",
    "workers",
]


def pre_fork(_server: Any, _worker: Any) -> None:
    """Name the master; gunicorn has named it before."""
    set_title("openclaw: gateway")


def post_fork(_server: Any, _worker: Any) -> None:
    """Name the process that serves."""
    set_title("openclaw: gateway worker")


restart.remember_server()
_host, _port = gateway_bind()
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
