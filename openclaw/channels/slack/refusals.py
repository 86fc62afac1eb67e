"""What Slack's error strings mean for a message: wait, try again, not known, or give up.

After the tables of errors at https://docs.slack.dev/reference/methods. Of ``internal_error`` and ``fatal_error`` they
say that some of the work may have been done.
"""

from __future__ import annotations

from http import HTTPStatus

from openclaw.channel_kit.http import DEFAULT_RETRY_AFTER_SECONDS
from openclaw.channel_kit.http import refusal as refusal_of_status
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)


class SlackRefused(ChannelRejected):
    """Slack refuses for good. ``code`` is its own word for why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


_WAIT = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_UNKNOWN = frozenset({"internal_error", "fatal_error"})
#: Nothing was done, and later it may be.
_LATER = frozenset({"service_unavailable", "request_timeout", "team_added_to_org", "org_login_required"})
#: What an operator can do about it.
_HINTS = {
    "account_inactive": "the app was removed from the workspace",
    "cannot_dm_bot": "the target is a bot",
    "channel_not_found": "there is no such conversation, or the bot is not in it",
    "invalid_auth": "the token is wrong",
    "is_archived": "the channel is archived",
    "link_disabled": "Socket Mode is switched off in the app's settings",
    "missing_scope": "the app lacks a scope: add it and install the app again",
    "msg_too_long": "the text is too long for one message",
    "not_allowed_token_type": "this is another kind of token than the key is for",
    "not_authed": "the token is missing",
    "not_in_channel": "invite the bot to the channel",
    "restricted_action": "the workspace does not let the app post there",
    "token_expired": "the token has expired",
    "token_revoked": "the token was revoked",
}


def refusal(what: str, status: int, code: str, *, retry_after: float | None = None, needed: str = "") -> ChannelError:
    """The error for an answer that is not ``ok``. ``needed`` names the scope that is missing."""
    hint = _HINTS.get(code, "")
    message = ": ".join(part for part in (f"slack {what}", code or str(status), hint) if part)
    message += f" ({needed})" if needed else ""
    if code in _WAIT or status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = DEFAULT_RETRY_AFTER_SECONDS if retry_after is None else retry_after
        return ChannelRateLimited(message, retry_after_seconds=wait)
    if code in _UNKNOWN:
        return ChannelOutcomeUnknown(message)
    if code in _LATER:
        return ChannelUnreachable(message)
    if status != HTTPStatus.OK and not code:
        return refusal_of_status(status, message)
    return SlackRefused(message, code)
