"""A link process that a test plays: every line between its stdio and the test's socket is passed on as it is.

Run as a program with the socket's port. A line ``{"die": CODE}`` from the test ends it with words on stderr.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading


def main() -> None:
    """Pass lines on until either side ends."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as link:

        def outward() -> None:
            for line in sys.stdin.buffer:
                link.sendall(line)
            os._exit(0)

        threading.Thread(target=outward, daemon=True).start()
        for line in link.makefile("rb"):
            if line.startswith(b'{"die"'):
                sys.stderr.write("the library has crashed\n")
                sys.stderr.flush()
                os._exit(json.loads(line)["die"])
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
