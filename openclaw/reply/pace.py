"""What a channel's capabilities allow one conversation to send."""

from __future__ import annotations

import re

from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.send_limiter import Allowance


def account_of(route: ReplyRoute) -> str:
    """The account by which sends are counted."""
    return f"{route.channel}:{route.account}"


def allowances(capabilities: ChannelCapabilities, route: ReplyRoute) -> tuple[Allowance, ...]:
    """Every allowance that a send into this conversation takes from. Threads of one chat count as one."""
    found = [
        Allowance(route.target if rate.per_conversation else "", rate.sends, rate.window_ms)
        for rate in capabilities.send_rates
        if not rate.targets or re.fullmatch(rate.targets, route.target)
    ]
    if capabilities.min_send_interval_ms:
        found.append(Allowance("", 1, capabilities.min_send_interval_ms))
    return tuple(found)
