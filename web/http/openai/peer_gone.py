"""Whether the client of an HTTP request has gone, asked while there is nothing to write to it."""

from __future__ import annotations

import _socket  # below any monkey patching: a look must never wait
import socket
from collections.abc import Mapping
from typing import Any

#: Where the web servers leave the client's connection.
_PLACES = ("gunicorn.socket", "werkzeug.socket")


def is_gone(environ: Mapping[str, Any]) -> bool:
    """False when nobody can tell. A client that only closes its sending half counts as gone, as with most proxies."""
    connection = next((environ[place] for place in _PLACES if environ.get(place) is not None), None)
    if connection is None:
        return False
    fd = connection.fileno()
    if fd < 0:
        return True
    handle = _socket.socket(fileno=fd)
    try:
        return not handle.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        handle.detach()
