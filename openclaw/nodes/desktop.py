"""``system.notify`` and ``screen.snapshot``: this machine's screen, where it has one."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from typing import Any

from openclaw.nodes.job import Job, NodeRefused, text_of

_NOTIFY_SECONDS = 10
MAX_TITLE, MAX_BODY = 200, 2_000


def can_notify() -> bool:
    return _notifier("", "") is not None


def notify(params: dict[str, Any], _job: Job) -> dict[str, Any]:
    """Show a message to whoever sits here."""
    title, body = text_of(params, "title", default="OpenClaw")[:MAX_TITLE], text_of(params, "body")[:MAX_BODY]
    argv = _notifier(title, body)
    if argv is None:
        raise NodeRefused("UNAVAILABLE", "this machine has no notify-send and is no Mac")
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_NOTIFY_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeRefused("UNAVAILABLE", f"the message could not be shown: {error}") from error
    if done.returncode:
        raise NodeRefused("UNAVAILABLE", f"the message could not be shown: {done.stderr.strip()[:500]}")
    return {"shown": True}


def _notifier(title: str, body: str) -> list[str] | None:
    """The command that shows a message; the words never reach a shell."""
    if sys.platform == "darwin":
        script = f"display notification {json.dumps(body)} with title {json.dumps(title)}"
        return ["/usr/bin/osascript", "-e", script]
    found = shutil.which("notify-send")
    return [found, "--app-name=OpenClaw", "--", title, body] if found else None


def can_snapshot() -> bool:
    """Whether there is a screen, and the library that reads it."""
    if importlib.util.find_spec("mss") is None:
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY"))


def snapshot(params: dict[str, Any], _job: Job) -> dict[str, Any]:
    """A picture of one screen, as PNG in base64."""
    import mss
    import mss.exception
    import mss.tools

    index = params.get("screenIndex", 0)
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise NodeRefused("BAD_PARAMS", "screenIndex must be a number from 0 on")
    try:
        with mss.mss() as screens:
            if index + 1 >= len(screens.monitors):
                raise NodeRefused("BAD_PARAMS", f"this machine has {len(screens.monitors) - 1} screens")
            shot = screens.grab(screens.monitors[index + 1])
    except mss.exception.ScreenShotError as error:
        raise NodeRefused("UNAVAILABLE", f"the screen cannot be read: {error}") from error
    png = mss.tools.to_png(shot.rgb, shot.size)
    return {
        "format": "png",
        "base64": base64.b64encode(png or b"").decode(),
        "width": shot.size.width,
        "height": shot.size.height,
    }
