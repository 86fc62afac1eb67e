"""``logs.tail``: the end of the gateway's log file, or what was added since a cursor."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from pathlib import Path
from typing import Any

from openclaw.errors import Unavailable
from web.validation import Params, Whole
from web.ws.dispatch import Call, Method

DEFAULT_LINES = 500
DEFAULT_BYTES = 250_000


class LogsTailParams(Params):
    cursor = Whole()
    limit = Whole(minimum=1, maximum=5000)
    maxBytes = Whole(minimum=1, maximum=1_000_000)


def logs_tail(call: Call) -> Any:
    path = call.gateway.services.log_file
    if path is None:
        raise Unavailable("this gateway writes no log file")
    params = call.params
    return tail(path, params.get("cursor"), params.get("limit", DEFAULT_LINES), params.get("maxBytes", DEFAULT_BYTES))


def tail(path: Path, cursor: int | None, limit: int, max_bytes: int) -> dict[str, Any]:
    """Read whole lines. ``cursor`` is a byte offset; one past the end means that the file was rotated."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            reset = cursor is not None and cursor > size
            start = 0 if cursor is None or reset else cursor
            truncated = size - start > max_bytes
            start = max(start, size - max_bytes)
            file.seek(max(0, start - 1))
            # The byte before tells whether the first line is whole.
            before = file.read(1) if start else b"\n"
            data = file.read(size - start)
    except FileNotFoundError:
        return {"file": str(path), "cursor": 0, "size": 0, "lines": [], "truncated": False, "reset": bool(cursor)}
    whole, newline, _ = data.rpartition(b"\n")
    end = start + len(whole) + len(newline)
    lines = whole.decode(errors="replace").split("\n") if newline else []
    if before != b"\n" and lines:
        lines = lines[1:]
    truncated = truncated or len(lines) > limit
    return {
        "file": str(path),
        "cursor": end if newline else start,
        "size": size,
        "lines": lines[-limit:],
        "truncated": truncated,
        "reset": reset,
    }


METHODS = (Method("logs.tail", LogsTailParams(), logs_tail),)
