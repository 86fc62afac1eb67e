"""What Discord's refusals mean for a message."""

from __future__ import annotations

import pytest

from openclaw.channels.discord.refusals import DiscordRefused, description, refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelUnreachable


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, 10003), (403, 50001), (403, 50007), (403, 50013), (413, 40005), (400, 50035), (401, 0), (403, 50278)],
)
def test_a_refusal_is_for_good(status, code):
    error = refusal(status, {}, {"code": code}, "discord POST")
    assert isinstance(error, DiscordRefused)
    assert not error.retryable


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (429, {"retry-after": "3"}, {"retry_after": 2.25, "global": True}, 2.25),
        (429, {"retry-after": "3"}, {}, 3.0),
        (429, {}, {"retry_after": "soon"}, 5.0),
        (429, {}, {"retry_after": -1}, 5.0),
        (400, {}, {"code": 20016, "retry_after": 12}, 12.0),
        (403, {}, {"code": 20028}, 5.0),
    ],
)
def test_a_limit_says_how_long_to_wait(status, headers, body, wait):
    error = refusal(status, headers, body, "discord POST")
    assert isinstance(error, ChannelRateLimited)
    assert error.retry_after_seconds == wait


@pytest.mark.parametrize(("status", "body"), [(500, {}), (503, {}), (400, {"code": 130000}), (302, {})])
def test_a_failing_platform_can_be_asked_again(status, body):
    assert isinstance(refusal(status, {}, body, "discord POST"), ChannelUnreachable)


def test_something_between_that_gave_up_waiting_leaves_the_outcome_unknown():
    assert isinstance(refusal(504, {}, {}, "discord POST"), ChannelOutcomeUnknown)


def test_the_words_name_the_fields_that_are_wrong():
    wrong = {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}
    body = {"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title": wrong}}}}
    assert description(body) == "Invalid Form Body 50035 embeds.0.title: Must be 2000 or fewer in length."


@pytest.mark.parametrize("body", [{}, {"code": "x", "errors": 5}, {"message": None}, {"errors": {"_errors": [1]}}])
def test_a_strange_body_is_no_accident(body):
    refusal(400, {}, body, description(body))
