"""What the errors of imsg mean for a message, after its JSON-RPC reference (``docs/rpc.md``, "Transport", "Lifecycle").

Where imsg knows, it says in ``data`` whether a message was not begun (``retry_safe``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openclaw.channel_kit.http import DEFAULT_RETRY_AFTER_SECONDS, DESCRIPTION_CHARS
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)

#: imsg waits for something that it has begun, and sends nothing more until it is started anew.
BLOCKED = -32004
UNKNOWN_METHOD = -32601
_BUSY = -32000
#: By code; every other one is a refusal for good.
_BY_CODE: dict[int, type[ChannelError]] = {
    BLOCKED: ChannelUnreachable,
    -32001: ChannelOutcomeUnknown,
    -32002: ChannelUnreachable,
    -32603: ChannelOutcomeUnknown,
}
#: What an operator can do about it.
_HINTS = {
    -32002: "give Full Disk Access to the program that starts imsg",
    UNKNOWN_METHOD: "this imsg is too old",
}


class ImsgBlocked(ChannelUnreachable):
    """imsg must be started anew before it sends again."""


class ImsgTooOld(ChannelRejected):
    """imsg does not know what it was asked."""


_CLASSES: dict[int, type[ChannelError]] = {BLOCKED: ImsgBlocked, UNKNOWN_METHOD: ImsgTooOld}


def refusal(what: str, error: Mapping[str, Any]) -> ChannelError:
    """The error of an answer's ``error`` object."""
    given = error.get("code")
    code = given if isinstance(given, int) else 0
    data = error.get("data")
    facts = data if isinstance(data, Mapping) else {}
    detail = str(facts.get("detail", "") if facts else data or "")
    hint = f" ({_HINTS[code]})" if code in _HINTS else ""
    words = " ".join(part for part in (str(error.get("message", "")), detail) if part)[:DESCRIPTION_CHARS]
    message = f"imessage {what}: {code} {words}{hint}"
    if code == _BUSY:
        return ChannelRateLimited(message, retry_after_seconds=DEFAULT_RETRY_AFTER_SECONDS)
    if code in _CLASSES:
        return _CLASSES[code](message)
    if facts.get("retry_safe") is True:
        return ChannelUnreachable(message)
    return _BY_CODE.get(code, ChannelRejected)(message)
