"""An imsg that a test plays: what passes between its stdio and the test's socket is passed on as it is.

Run as a program with the socket's port and imsg's own arguments. Its first line to the test says its process and those.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading


def main() -> None:
    """Pass bytes on until either side ends."""
    sys.stderr.write("imsg: reading the database\n")
    sys.stderr.flush()
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as link:
        link.sendall(json.dumps({"pid": os.getpid(), "arguments": sys.argv[2:]}).encode() + b"\n")

        def outward() -> None:
            while data := os.read(0, 65536):
                link.sendall(data)
            os._exit(0)

        threading.Thread(target=outward, daemon=True).start()
        while data := link.recv(65536):
            os.write(1, data)
    os._exit(0)


if __name__ == "__main__":
    main()
