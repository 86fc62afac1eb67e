"""What Slack's error strings mean."""

from __future__ import annotations

import pytest

from openclaw.channels.slack.refusals import SlackRefused, refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable


@pytest.mark.spec("C6")
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, "channel_not_found", SlackRefused),
        (200, "not_in_channel", SlackRefused),
        (200, "is_archived", SlackRefused),
        (200, "invalid_auth", SlackRefused),
        (200, "account_inactive", SlackRefused),
        (200, "token_revoked", SlackRefused),
        (200, "msg_too_long", SlackRefused),
        (200, "missing_scope", SlackRefused),
        (200, "something_new", SlackRefused),
        (429, "ratelimited", ChannelRateLimited),
        (200, "ratelimited", ChannelRateLimited),
        (200, "rate_limited", ChannelRateLimited),
        (429, "", ChannelRateLimited),
        (200, "internal_error", ChannelOutcomeUnknown),
        (500, "fatal_error", ChannelOutcomeUnknown),
        (503, "service_unavailable", ChannelUnreachable),
        (200, "request_timeout", ChannelUnreachable),
        (200, "team_added_to_org", ChannelUnreachable),
        (200, "org_login_required", ChannelUnreachable),
        (500, "", ChannelUnreachable),
        (502, "", ChannelUnreachable),
        (504, "", ChannelOutcomeUnknown),
        (403, "", ChannelRejected),
    ],
)
def test_an_error_has_one_meaning(status, code, expected):
    error = refusal("chat.postMessage", status, code)
    assert type(error) is expected
    assert (code or str(status)) in str(error)


def test_a_refusal_keeps_slacks_own_word_and_says_what_can_be_done():
    error = refusal("chat.postMessage", 200, "not_in_channel")
    assert error.code == "not_in_channel"
    assert "invite the bot" in str(error)


def test_a_missing_scope_is_named():
    assert "(files:read)" in str(refusal("files.info", 200, "missing_scope", needed="files:read"))


@pytest.mark.parametrize(("given", "seconds"), [(35.0, 35.0), (0.0, 0.0), (None, 5.0)])
def test_the_wait_is_slacks_or_the_default(given, seconds):
    assert refusal("x", 429, "ratelimited", retry_after=given).retry_after_seconds == seconds
