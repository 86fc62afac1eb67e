"""What signal-cli's errors mean for a message."""

from __future__ import annotations

import pytest

from openclaw.channels.signal.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable


def error(code, *results):
    return {"code": code, "message": "", "data": {"response": {"timestamp": 1, "results": list(results)}}}


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (error(-1), ChannelRejected),
        (error(-1, {"type": "UNREGISTERED_FAILURE"}), ChannelRejected),
        (error(-1, {"type": "NETWORK_FAILURE"}), ChannelOutcomeUnknown),
        (error(-1, {"type": "INVALID_PRE_KEY_FAILURE"}), ChannelUnreachable),
        (error(-1, {"type": "NETWORK_FAILURE"}, {"type": "UNREGISTERED_FAILURE"}), ChannelRejected),
        (error(-3), ChannelOutcomeUnknown),
        (error(-4, {"type": "IDENTITY_FAILURE"}), ChannelRejected),
        (error(-5), ChannelRateLimited),
        (error(-6), ChannelRejected),
        (error(-32601), ChannelRejected),
        (error(-32602), ChannelRejected),
        (error(-32603), ChannelOutcomeUnknown),
        ({"code": "x", "data": []}, ChannelRejected),
        ({}, ChannelRejected),
    ],
)
def test_each_code_has_a_meaning(given, meaning):
    assert type(refusal("send", given, "words")) is meaning


def test_a_rate_limit_says_the_longest_wait_and_how_it_is_lifted():
    waits = ({"type": "RATE_LIMIT_FAILURE", "retryAfterSeconds": 9}, {"type": "RATE_LIMIT_FAILURE", "token": "t0ken"})
    found = refusal("send", error(-5, *waits), "slow down")
    assert found.retry_after_seconds == 9
    assert "submitRateLimitChallenge" in str(found)
    assert "t0ken" not in str(found)


def test_an_operator_reads_what_to_do():
    assert "signal-cli trust" in str(refusal("send", error(-4), "Failed"))
    assert "not on Signal" in str(refusal("send", error(-1, {"type": "UNREGISTERED_FAILURE"}), "Failed"))
