"""Tool calls between our transcript and the vendors' JSON."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any
from zlib import crc32

from openclaw.domain.transcript import ToolCallBlock

#: The key under which a model sees broken arguments that it sent; vendors take nothing but an object.
BROKEN_ARGUMENTS_KEY = "INVALID_JSON"

#: Of a tool's name, with every vendor.
_NAME_LIMIT = 64
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")


def finished_call(call_id: str, name: str, raw: str) -> ToolCallBlock:
    """Build a call from the streamed text of its arguments; a missing id is made up."""
    arguments = _parse(raw)
    return ToolCallBlock(
        call_id or f"call_{uuid.uuid4().hex[:24]}", name, arguments, "" if arguments is not None else raw
    )


def _parse(raw: str) -> dict[str, Any] | None:
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def arguments_to_send(call: ToolCallBlock) -> dict[str, Any]:
    """The arguments as an object, also when the model sent something else."""
    return call.arguments if call.arguments is not None else {BROKEN_ARGUMENTS_KEY: call.raw}


def portable_id(call_id: str, limit: int) -> str:
    """A call id that every vendor takes; equal ids stay equal, different ones different."""
    if len(call_id) <= limit and not _ILLEGAL.search(call_id):
        return call_id
    mark = f"_{crc32(call_id.encode()):08x}"
    return _ILLEGAL.sub("_", call_id)[: limit - len(mark)] + mark


def exact_id(call_id: str, length: int) -> str:
    """A call id of letters and digits, of this very length; one that is such already is left alone."""
    if len(call_id) == length and call_id.isascii() and call_id.isalnum():
        return call_id
    return hashlib.blake2b(call_id.encode(), digest_size=32).hexdigest()[:length]


def portable_name(name: str) -> str:
    """The name of a tool as every vendor takes it back: a model may have called one that is not there."""
    return _ILLEGAL.sub("_", name)[:_NAME_LIMIT] or "unnamed"
