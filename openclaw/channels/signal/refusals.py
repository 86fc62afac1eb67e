"""What the errors of signal-cli mean for a message: wait, try again, not known, or give up.

After signal-cli's ``SignalJsonRpcCommandHandler`` (its own codes), ``JsonRpcResponse`` (those of JSON-RPC) and
``JsonSendMessageResult`` (what became of the message at each recipient, in ``data.response.results``).
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

_RATE_LIMIT_CODE = -5
#: By code; every other one is a refusal for good.
_BY_CODE: dict[int, type[ChannelError]] = {
    # An input or output error, and whatever the daemon did not expect: before or after the message had left.
    -3: ChannelOutcomeUnknown,
    -32603: ChannelOutcomeUnknown,
}
#: What an operator can do about it.
_HINTS_BY_CODE = {
    -4: "the person's safety number has changed: trust it with signal-cli trust",
    -6: "Signal did not take the captcha's answer",
    -32601: "this signal-cli is too old, or runs for one account",
    -32602: "the daemon does not know this number",
}
#: By what became of it at every recipient.
_BY_RESULT: dict[str, type[ChannelError]] = {
    "NETWORK_FAILURE": ChannelOutcomeUnknown,
    "INVALID_PRE_KEY_FAILURE": ChannelUnreachable,
}
_HINTS_BY_RESULT = {
    "IDENTITY_FAILURE": _HINTS_BY_CODE[-4],
    "NETWORK_FAILURE": "signal-cli did not reach Signal",
    "UNREGISTERED_FAILURE": "they are not on Signal",
}
_CAPTCHA = "Signal wants a captcha solved: signal-cli submitRateLimitChallenge"


def refusal(what: str, error: Mapping[str, Any], words: str) -> ChannelError:
    """The error of an answer's ``error`` object; ``words`` are what it says, without secrets."""
    given = error.get("code")
    code = given if isinstance(given, int) else 0
    results = _results(error)
    kinds = {str(result.get("type", "")) for result in results}
    kind = kinds.pop() if len(kinds) == 1 else ""
    captcha = any(result.get("token") for result in results)
    hint = _CAPTCHA if captcha else _HINTS_BY_RESULT.get(kind) or _HINTS_BY_CODE.get(code, "")
    message = f"signal {what}: {code} {words[:DESCRIPTION_CHARS]}{f' ({hint})' if hint else ''}"
    if code == _RATE_LIMIT_CODE or kind == "RATE_LIMIT_FAILURE":
        return ChannelRateLimited(message, retry_after_seconds=_wait(results))
    return (_BY_RESULT.get(kind) or _BY_CODE.get(code, ChannelRejected))(message)


def _results(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: Any = error
    for key in ("data", "response", "results"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _wait(results: list[dict[str, Any]]) -> float:
    named = [wait for each in results if isinstance(wait := each.get("retryAfterSeconds"), int) and wait > 0]
    return float(max(named, default=DEFAULT_RETRY_AFTER_SECONDS))
