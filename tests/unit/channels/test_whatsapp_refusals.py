"""What the Cloud API's error codes mean."""

from __future__ import annotations

import pytest

from openclaw.channels.whatsapp.refusals import hint_of, refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 190, ChannelRejected),
        (401, 0, ChannelRejected),
        (403, 10, ChannelRejected),
        (403, 219, ChannelRejected),
        (400, 100, ChannelRejected),
        (403, 368, ChannelRejected),
        (400, 131026, ChannelRejected),
        (403, 131031, ChannelRejected),
        (400, 131047, ChannelRejected),
        (400, 131048, ChannelRejected),
        (400, 4, ChannelRateLimited),
        (400, 80007, ChannelRateLimited),
        (400, 130429, ChannelRateLimited),
        (400, 131056, ChannelRateLimited),
        (500, 1, ChannelUnreachable),
        (500, 131000, ChannelUnreachable),
        (500, 131016, ChannelUnreachable),
        (400, 999999, ChannelRejected),
        (400, None, ChannelRejected),
        (429, None, ChannelRateLimited),
        (500, None, ChannelUnreachable),
        (504, None, ChannelOutcomeUnknown),
        (302, "x", ChannelUnreachable),
    ],
)
def test_a_code_has_one_meaning(status, code, expected):
    error = refusal("messages", status, {"code": code}, "words")
    assert type(error) is expected
    assert str(status) in str(error)


def test_the_24_hour_window_is_explained():
    error = refusal("messages", 400, {"code": 131047}, "(#131047) Re-engagement message")
    assert "24 hours" in str(error)
    assert "template" in str(error)
    assert "24 hours" in hint_of(131047)


def test_a_code_without_an_explanation_has_none():
    assert hint_of(100) == hint_of(131056) == hint_of(424242) == ""


def test_the_wait_is_the_one_that_is_named_else_that_of_the_limit():
    assert refusal("messages", 429, {"code": 130429}, "", 7.0).retry_after_seconds == 7
    assert refusal("messages", 400, {"code": 131056}, "").retry_after_seconds == 6
    assert refusal("messages", 400, {"code": 4}, "").retry_after_seconds == 60
