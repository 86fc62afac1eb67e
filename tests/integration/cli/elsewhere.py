"""A proxy that makes its callers come from another host, as far as a gateway can tell."""

from __future__ import annotations

import socket
import threading

_HEADER = b"X-Forwarded-For: 203.0.113.9"


class Elsewhere:
    """Listens on an address of this machine that clients do not take for it; every call is marked as forwarded."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.2", 0))
        self.url = f"ws://127.0.0.2:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(caller,), daemon=True).start()

    def _pass_on(self, caller: socket.socket) -> None:
        gateway = socket.create_connection(("127.0.0.1", self._port))
        head = b""
        while b"\r\n\r\n" not in head:
            head += caller.recv(65536)
        line, _, rest = head.partition(b"\r\n")
        gateway.sendall(line + b"\r\n" + _HEADER + b"\r\n" + rest)
        back = threading.Thread(target=_pump, args=(gateway, caller), daemon=True)
        back.start()
        _pump(caller, gateway)
        back.join(10)
        caller.close()
        gateway.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
