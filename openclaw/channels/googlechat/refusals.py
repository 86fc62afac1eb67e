"""What the Chat API's error answers mean for a message: wait, give up, ask again, or not known.

After https://google.aip.dev/193: the word in ``status`` says more than the number in front.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from openclaw.channel_kit.http import refusal as status_refusal
from openclaw.channel_kit.http import retry_after_seconds
from openclaw.errors import ChannelError, ChannelRejected


class Gone(ChannelRejected):
    """What the call was about is not there."""


#: Words whose meaning differs from that of the HTTP status they come with, and the status that has it.
_MEANS = {"ABORTED": 503, "CANCELLED": 503, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504, "RESOURCE_EXHAUSTED": 429}
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def refusal(what: str, status: int, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> ChannelError:
    """The error for an answer that is no success."""
    given = (body or {}).get("error")
    error: Mapping[str, Any] = given if isinstance(given, dict) else {}
    word, said = str(error.get("status", "")), str(error.get("message", ""))[:300]
    message = " ".join(f"googlechat {what}: {status} {word} {said}".split())
    if status == HTTPStatus.NOT_FOUND:
        return Gone(message)
    wait = retry_after_seconds(headers)
    return status_refusal(_MEANS.get(word, status), message, _delay(error) if wait is None else wait)


def _delay(error: Mapping[str, Any]) -> float | None:
    """``RetryInfo`` among the details: a duration such as ``7s``."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        found = _SECONDS.fullmatch(str(detail.get("retryDelay", ""))) if isinstance(detail, dict) else None
        if found:
            return float(found[1])
    return None
