"""What gunicorn is told for every gateway, and how its signals reach us. Imports no framework.

The worker class was chosen by measuring one process with 10,000 idle sockets on two cores. gevent: 41 kB a socket, one
thread, 7 % of a core, answers in 0.3 ms (p99 5 ms). gthread: 68 kB and two threads a socket, 61 % of a core, answers in
0.6 ms (p99 34 ms).
"""

from __future__ import annotations

import gc
import os
import threading
from typing import Any

worker_class = "gevent"
workers = 1
#: More than the sockets of one process; the file-descriptor limit comes first.
worker_connections = 20_000
#: A drained gateway closes its sockets itself; this is for HTTP calls in flight.
graceful_timeout = 30
timeout = 60
keepalive = 30
#: One in the user's home would be shared by every gateway of the machine.
control_socket_disable = True
#: A proxy must not be believed by default about who calls.
forwarded_allow_ips = "127.0.0.1"

_WATCH_SECONDS = 0.2
WORKER_BOOT_ERROR = 3


def post_worker_init(worker: Any) -> None:
    """Watch for the server's wish to stop: sockets would otherwise keep the worker until it is killed."""
    threading.Thread(target=_drain_when_stopping, args=(worker,), name="gateway-drain", daemon=True).start()


def _drain_when_stopping(worker: Any) -> None:
    gateway = worker.wsgi.extensions["openclaw_gateway"]
    never = threading.Event()
    settled = False
    while worker.alive:
        if gateway.startup.failure is not None:
            # gunicorn's own code for a worker that cannot boot: the master stops instead of trying for ever.
            os._exit(WORKER_BOOT_ERROR)
        if gateway.startup.ready and not settled:
            settled = True
            _settle_memory()
        never.wait(_WATCH_SECONDS)
    gateway.drain()


def _settle_memory() -> None:
    """Take what the start has made, modules above all, out of the collector's sight.

    A full collection of it stops the gateway for about 160 ms, and a burst of webhooks brings some of them.
    """
    gc.collect()
    gc.freeze()


def worker_exit(_server: Any, worker: Any) -> None:
    """Stop the gateway's threads."""
    app = getattr(worker, "wsgi", None)  # not there when the application could not be built
    gateway = app.extensions.get("openclaw_gateway") if app is not None else None
    if gateway is not None:
        gateway.close()
