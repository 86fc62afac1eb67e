"""A part of the stack for tests: serves, and ends in the way its argument says.

``clean`` finishes at SIGTERM, ``stubborn`` ignores it, ``broken`` ends at once, ``parent`` leaves a grandchild. At
SIGUSR1 any of them asks to be started anew. With a port as the second argument it answers HTTP there.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

KIND = sys.argv[1]
READY = Path(os.environ["OPENCLAW_READY_FILE"])
FOLDER = READY.parent.parent / "seen"


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{READY.stem}.env").write_text(json.dumps(dict(os.environ)))
    print(f"{READY.stem} begins", flush=True)
    if KIND == "broken":
        sys.exit("it has no flour")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if KIND == "stubborn" else lambda *_: stopped.set())
    signal.signal(signal.SIGUSR1, lambda *_: os._exit(75))
    if KIND == "parent":
        grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        (FOLDER / "grandchild").write_text(str(grandchild.pid))
    if len(sys.argv) > 2:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    else:
        READY.touch()
    stopped.wait()
    (FOLDER / f"{READY.stem}.drained").touch()


main()
