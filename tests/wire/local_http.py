"""An HTTP server on a thread of its own: what the servers of platforms have in common."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: How often the thread looks whether it is to stop, in seconds.
_LOOK_SECONDS = 0.02


class LocalHttp:
    """Listens on 127.0.0.1 once it is made, and answers while it is entered, or between ``start`` and ``stop``."""

    def listen(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        """To be called once, by the server's own ``__init__``. Port 0 takes a free one."""
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_LOOK_SECONDS,), name=type(self).__name__, daemon=True
        )

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def url(self) -> str:
        return self.base

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; calls that hang end without an answer."""
        self.release()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join(5)
        self._http.server_close()

    def release(self) -> None:
        """Let go of what hangs; for servers in which something may."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
