"""What the Cloud API's error codes mean for a message: wait, try again, or give up, and what helps.

After https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes: a program shall go
by ``code``, not by words. A code that is not listed is judged by its HTTP status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.http import refusal as refusal_by_status
from openclaw.errors import ChannelError, ChannelRateLimited, ChannelRejected, ChannelUnreachable


@dataclass(frozen=True, slots=True)
class _Wait:
    #: Meta names no wait: about when the limit lets the next message through. Seconds.
    seconds: float


@dataclass(frozen=True, slots=True)
class _Again:
    """Nothing was sent, and the next attempt may succeed."""


@dataclass(frozen=True, slots=True)
class _Never:
    #: What an operator can do about it.
    hint: str = ""


_Meaning = _Wait | _Again | _Never

_TOKEN = "the access token is not valid (any more): make a new one for the system user"  # noqa: S105
_PERMISSION = "the access token lacks the permission whatsapp_business_messaging, or access to this number"
_WINDOW = (
    "the person last wrote more than 24 hours ago, and since then only an approved template may be sent; "
    "answers work again once they write"
)
_MEANINGS: dict[int, _Meaning] = {
    0: _Never(_TOKEN),
    1: _Again(),
    2: _Again(),
    3: _Never(_PERMISSION),
    4: _Wait(60.0),
    10: _Never(_PERMISSION),
    33: _Never("the phone_number_id does not exist (any more)"),
    100: _Never(),
    190: _Never(_TOKEN),
    368: _Never("the business account is blocked for a breach of policy: see Account Quality in the Business Manager"),
    80007: _Wait(60.0),
    130429: _Wait(5.0),
    130472: _Never("the person is in an experiment of Meta's that excludes this message"),
    130497: _Never("the business account may not write to people in this country"),
    131000: _Again(),
    131005: _Never(_PERMISSION),
    131008: _Never(),
    131009: _Never(),
    131016: _Again(),
    131021: _Never("a number cannot write to itself"),
    131026: _Never(
        "the person is not on WhatsApp, has not accepted its terms, has blocked this number, or uses too old a version"
    ),
    131030: _Never("a test number may only write to the recipients that are listed in the app's API setup"),
    131031: _Never("the business account is locked: see Account Quality in the Business Manager"),
    131037: _Never("the number's display name is not approved"),
    131042: _Never("there is no valid payment method in the business account"),
    131045: _Never("the number is not registered for the Cloud API"),
    131047: _Never(_WINDOW),
    131048: _Never("too many messages of this number were blocked or reported as spam: see its quality rating"),
    131049: _Never("Meta does not deliver it, to spare the person"),
    131050: _Never("the person does not want marketing messages"),
    131051: _Never(),
    131052: _Never("the file cannot be downloaded from Meta (any more)"),
    131053: _Never("Meta does not take this file"),
    131056: _Wait(6.0),
    131057: _Again(),
    131062: _Never("this kind of message needs a phone number as its recipient"),
    133004: _Again(),
    133010: _Never("the number is not registered for the Cloud API"),
    135000: _Never(),
    137000: _Never("the person's identity key has changed"),
}
#: Codes in which a permission is missing.
_PERMISSION_CODES = range(200, 300)


def refusal(what: str, status: int, error: Mapping[str, Any], words: str, wait: float | None = None) -> ChannelError:
    """The error for an answer that is no success.

    ``error`` is the answer's ``error`` object, ``words`` its description without secrets, ``wait`` what the answer
    says in ``Retry-After``.
    """
    code = error.get("code")
    code = code if isinstance(code, int) else None
    message = f"whatsapp {what}: {status}{f' code {code}' if code is not None else ''} {words}".rstrip()
    meaning = _meaning(code)
    match meaning:
        case _Wait():
            return ChannelRateLimited(message, retry_after_seconds=meaning.seconds if wait is None else wait)
        case _Again():
            return ChannelUnreachable(message)
        case _Never():
            return ChannelRejected(f"{message} ({meaning.hint})" if meaning.hint else message)
    return refusal_by_status(status, message, wait)


def hint_of(code: int) -> str:
    """What an operator can do about a failed delivery; may be empty."""
    meaning = _meaning(code)
    return meaning.hint if isinstance(meaning, _Never) else ""


def _meaning(code: int | None) -> _Meaning | None:
    if code is None:
        return None
    return _Never(_PERMISSION) if code in _PERMISSION_CODES else _MEANINGS.get(code)
