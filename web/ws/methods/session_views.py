"""``sessions.describe`` and ``sessions.preview``: one session as it stands, and the last lines of several."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.domain.session_key import MAIN_KEY, parse_session_key
from openclaw.errors import InvalidRequest
from openclaw.ports.store import TranscriptEntry
from web.validation import Flag, Listing, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.message import session_key_of
from web.ws.transcripts import session_row, shortened

#: Each key costs two queries.
MAX_PREVIEWS = 64
DEFAULT_LINES, MAX_LINES = 12, 50
DEFAULT_CHARS, MAX_CHARS = 240, 2000
#: Rows that are read for each line shown: calls and results of tools have none.
_ROWS_PER_LINE = 4


class SessionsDescribeParams(Params):
    key = Text(required=True, min_length=1)
    includeDerivedTitles = Flag()
    includeLastMessage = Flag()


class SessionsPreviewParams(Params):
    keys = Listing(required=True, of_text=True)
    limit = Whole(minimum=1)
    maxChars = Whole(minimum=20)


def sessions_describe(call: Call) -> Any:
    services = call.gateway.services
    key = session_key_of(call, call.params["key"])
    view = services.sessions.session(key)
    if view is None:
        return {"session": None}
    row = session_row(view, services.facts.queue_mode)
    is_main = parse_session_key(key).rest == MAIN_KEY
    row |= {"isMain": is_main, "classification": "main" if is_main else row["kind"]}
    if call.params.get("includeLastMessage"):
        lines = _lines(call, key, limit=1, max_chars=DEFAULT_CHARS)
        row["lastMessagePreview"] = lines[-1]["text"] if lines else None
    return {"session": row}


def sessions_preview(call: Call) -> Any:
    params = call.params
    if not 1 <= len(params["keys"]) <= MAX_PREVIEWS:
        raise InvalidRequest(f"invalid sessions.preview params: at /keys: must hold 1 to {MAX_PREVIEWS} items")
    limit = min(params.get("limit", DEFAULT_LINES), MAX_LINES)
    max_chars = min(params.get("maxChars", DEFAULT_CHARS), MAX_CHARS)
    previews = [_preview(call, raw, limit, max_chars) for raw in params["keys"]]
    return {"ts": call.gateway.clock(), "previews": previews}


def _preview(call: Call, raw: str, limit: int, max_chars: int) -> dict[str, Any]:
    key = session_key_of(call, raw)
    if call.gateway.services.sessions.session(key) is None:
        return {"key": raw, "status": "missing", "items": []}
    items = _lines(call, key, limit=limit, max_chars=max_chars)
    return {"key": raw, "status": "ok" if items else "empty", "items": items}


def _lines(call: Call, key: str, *, limit: int, max_chars: int) -> list[dict[str, str]]:
    entries, _ = call.gateway.services.sessions.history(key, limit=limit * _ROWS_PER_LINE)
    lines = [line for entry in entries if (line := _line(entry, max_chars)) is not None]
    return lines[-limit:]


def _line(entry: TranscriptEntry, max_chars: int) -> dict[str, str] | None:
    """What a person reads of an entry; ``None`` for a tool's call or result without words."""
    text = entry.message.text.strip()
    if entry.message.role == "tool" or not text:
        return None
    return {"role": entry.message.role, "text": shortened(text, max_chars)}


METHODS = (
    Method("sessions.describe", SessionsDescribeParams(), sessions_describe),
    Method("sessions.preview", SessionsPreviewParams(), sessions_preview),
)
