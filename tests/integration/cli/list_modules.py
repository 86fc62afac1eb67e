"""Runs the command line and writes the names of all modules it loaded to stderr."""

from __future__ import annotations

import atexit
import sys

atexit.register(lambda: print("loaded:", *sys.modules, file=sys.stderr))

from openclaw.cli.main import main  # noqa: E402 - nothing of ours before the hook

main()
