"""Reactions are put at the account's pace, and left out when that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.channels.loopback.account import LoopbackAccount
from openclaw.channels.loopback.limits import CAPABILITIES
from openclaw.coordination.memory_send_limiter import MemorySendLimiter
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelRateLimited, ChannelUnreachable
from openclaw.ports.channel import SendRate
from openclaw.ports.reactions import Reaction
from openclaw.ports.send_limiter import Allowance
from openclaw.reply.reacting import react

REACTION = Reaction.to(ReplyRoute("loopback", "default", "7", "topic"), "m1", "👀")


@pytest.fixture
def account() -> LoopbackAccount:
    return LoopbackAccount("default")


@pytest.fixture
def limiter() -> MemorySendLimiter:
    return MemorySendLimiter(lambda: 0)


def test_a_reaction_is_put_and_taken_away(account, limiter):
    assert react(account, REACTION, CAPABILITIES, limiter)
    assert account.reactions == (("loopback|default|7|topic", "m1", "👀"),)
    assert react(account, replace(REACTION, remove=True), CAPABILITIES, limiter)
    assert account.reactions == ()


def test_a_platform_without_reactions_gets_none(account, limiter):
    assert not react(account, REACTION, replace(CAPABILITIES, reactions=False), limiter)
    assert account.reactions == ()


def test_one_that_would_wait_is_left_out(account, limiter):
    limiter.hold_back("loopback:default", 5_000)
    assert not react(account, REACTION, CAPABILITIES, limiter)
    assert account.reactions == ()


def test_it_takes_nothing_of_what_a_conversation_may_get(account, limiter):
    paced = replace(CAPABILITIES, send_rates=(SendRate(1, 60_000, per_conversation=True),))
    assert all(react(account, REACTION, paced, limiter) for _ in range(2))
    assert limiter.reserve("loopback:default", (Allowance("7", 1, 60_000),), 0).granted


def test_one_that_fails_is_left_out(account, limiter):
    account.fail_next(ChannelUnreachable("down"))
    assert not react(account, REACTION, CAPABILITIES, limiter)
    assert react(account, REACTION, CAPABILITIES, limiter)


def test_a_platform_that_is_asked_too_often_is_left_alone(account, limiter):
    account.fail_next(ChannelRateLimited("slow down", retry_after_seconds=9))
    assert not react(account, REACTION, CAPABILITIES, limiter)
    assert limiter.reserve("loopback:default", (), 0).wait_ms == 9_001
