"""The link process: neonize, and the lines of ``link_protocol``. Run with ``python -m``; it ends when its stdin ends.

Native code lives here and nowhere else: if it crashes, an account's connection ends, and nothing more. What the library
prints goes to stderr, as stdout is for the lines.
"""

from __future__ import annotations

import ctypes
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_protocol import fields_of, line_of

if TYPE_CHECKING:
    from neonize.client import NewClient

    from openclaw.channels.whatsapp.link_session import LinkSession

_log = logging.getLogger(__name__)

#: Of prctl(2): the process is killed when the thread that started it ends.
_PR_SET_PDEATHSIG = 1
#: How long saying goodbye may take. Seconds.
_GOODBYE_SECONDS = 0.5


def _die_with_parent() -> None:
    """On Linux; elsewhere the end of stdin must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _lines() -> Callable[[dict[str, Any]], None]:
    """What writes lines to the real stdout; everything else that is printed goes to stderr from now on."""
    out: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(fields: dict[str, Any]) -> None:
        with lock:
            out.write(line_of(fields))
            out.flush()

    return say


def spare_libmagic() -> None:
    """Let neonize do without the system's libmagic: it guesses files' types with it, which we tell it instead."""
    try:
        import magic  # noqa: F401
    except ImportError:
        sys.modules["magic"] = ModuleType("magic")


def _client_of(start: dict[str, Any]) -> NewClient:
    spare_libmagic()
    from neonize.client import NewClient
    from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps

    props = DeviceProps(os=start.get("device") or "OpenClaw", platformType=DeviceProps.DESKTOP)
    return NewClient(start["session"], uuid="openclaw", props=props)


def _leave(client: NewClient, session: LinkSession) -> None:
    """Say goodbye to WhatsApp, and to the account what has arrived; for a moment at most."""
    goodbye = threading.Thread(target=client.disconnect, daemon=True)
    goodbye.start()
    goodbye.join(_GOODBYE_SECONDS)
    session.drain(_GOODBYE_SECONDS / 2)
    os._exit(0)


def main() -> None:
    """Serve one account until stdin ends."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C is for the connector
    os.umask(0o077)
    logging.basicConfig(stream=sys.stderr)
    say = _lines()
    start = fields_of(sys.stdin.buffer.readline())
    if start is None:
        return
    try:
        from openclaw.channels.whatsapp.link_session import LinkSession

        client = _client_of(start)
        session = LinkSession(client, start, say)
    except (ImportError, OSError) as error:
        say({"event": "ended", "kind": "rejected", "message": f"neonize cannot be used: {error}", "logged_out": False})
        return
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            requests.put(fields_of(line) or {})
        _leave(client, session)

    def work() -> None:
        try:
            while True:
                say(session.answer(requests.get()))
        except Exception:  # noqa: BLE001  (whatever it was, nobody would answer any more)
            _log.exception("a request cannot be answered")
            session.end("unreachable", "the link process has failed")

    for target in (read, work):
        threading.Thread(target=target, daemon=True).start()
    session.run()
    threading.Event().wait()


if __name__ == "__main__":
    main()
