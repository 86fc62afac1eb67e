"""Whether Slack itself made an HTTP request.

After https://docs.slack.dev/authentication/verifying-requests-from-slack: an HMAC over the raw body and the time, which
must be of the last five minutes. The computation is the SDK's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from slack_sdk.signature import Clock, SignatureVerifier

from openclaw.channels.slack.limits import MAX_REQUEST_AGE_SECONDS
from openclaw.errors import WebhookRejected
from openclaw.ports.secrets import Secret

TIMESTAMP_HEADER = "x-slack-request-timestamp"
SIGNATURE_HEADER = "x-slack-signature"
RETRY_HEADER = "x-slack-retry-num"

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class _Clock(Clock):
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


def verify(secret: Secret, headers: Mapping[str, str], body: bytes, now: Callable[[], float]) -> None:
    """Raise WebhookRejected unless the request was signed with this secret a moment ago. Seconds since 1970."""
    timestamp, signature = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        raise WebhookRejected("the request's signature is missing or malformed")
    if abs(now() - int(timestamp)) > MAX_REQUEST_AGE_SECONDS:
        raise WebhookRejected("the request was signed too long ago: check this machine's clock")
    try:
        valid = SignatureVerifier(secret.reveal(), _Clock(now)).is_valid(body, timestamp, signature)
    except UnicodeDecodeError:
        raise WebhookRejected("the body is not UTF-8", http_status=400) from None
    if not valid:
        raise WebhookRejected("the request's signature is wrong")
