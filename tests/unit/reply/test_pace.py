"""What a channel allows, for one conversation."""

from __future__ import annotations

from openclaw.channels.telegram.limits import CAPABILITIES as TELEGRAM
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.send_limiter import Allowance
from openclaw.reply.pace import account_of, allowances
from openclaw.reply.preview_surface import preview_interval_ms


def test_a_private_chat_of_telegram():
    route = ReplyRoute("telegram", "default", "42")
    assert account_of(route) == "telegram:default"
    assert allowances(TELEGRAM, route) == (Allowance("", 30, 1_000), Allowance("42", 1, 1_000))


def test_a_group_of_telegram_and_all_its_topics():
    wanted = (Allowance("", 30, 1_000), Allowance("-100", 1, 1_000), Allowance("-100", 20, 60_000))
    for topic in (None, "7"):
        assert allowances(TELEGRAM, ReplyRoute("telegram", "default", "-100", topic)) == wanted


def test_the_shortest_time_between_two_sends():
    capabilities = ChannelCapabilities(min_send_interval_ms=500)
    assert allowances(capabilities, ReplyRoute("discord", "a", "1")) == (Allowance("", 1, 500),)


def test_a_channel_without_limits():
    assert allowances(ChannelCapabilities(), ReplyRoute("loopback", "a", "1")) == ()


def test_a_preview_leaves_replies_half_of_what_is_allowed_in_a_longer_time():
    assert preview_interval_ms(TELEGRAM, ReplyRoute("telegram", "default", "42")) == 1_000
    assert preview_interval_ms(TELEGRAM, ReplyRoute("telegram", "default", "-100")) == 6_000
    capabilities = ChannelCapabilities(edit_interval_ms=1_200)
    assert preview_interval_ms(capabilities, ReplyRoute("discord", "default", "1")) == 1_200
