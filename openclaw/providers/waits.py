"""How long a vendor asks to be left alone, wherever it says so. All in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: "2m59.56s", "7.66s", "12ms", as Groq and OpenAI write it: https://console.groq.com/docs/rate-limits
_DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,7}(?:\.\d+)?)s)?(?:(\d{1,7}(?:\.\d+)?)ms)?")
_SECONDS = (3600.0, 60.0, 1.0, 0.001)


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait of ``retry-after-ms``, or of ``Retry-After`` in seconds or as a date."""
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) / per_second)
        except ValueError:
            pass
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    return None


def reset_seconds(headers: Mapping[str, str]) -> float | None:
    """When what is used up is there again, of requests and tokens whichever is later."""
    waits = [
        _duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{what}") == "0"
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _duration(text: str) -> float | None:
    parts = _DURATION.fullmatch(text) if text else None
    if parts is None:
        return None
    return sum(float(part) * seconds for part, seconds in zip(parts.groups(), _SECONDS, strict=True) if part)


def detailed_wait(details: object) -> float | None:
    """Google's ``RetryInfo``: ``"34.07s"``."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and re.fullmatch(r"\d{1,7}(\.\d+)?s", delay):
            return float(delay[:-1])
    return None
