"""Puts reactions to messages: once, at the account's pace, and not at all when that fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from openclaw.errors import ChannelError, ChannelRateLimited
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities, Reactor
from openclaw.ports.reactions import Reaction
from openclaw.ports.send_limiter import SendLimiter
from openclaw.reply.deliver import LONGEST_WAIT_MS
from openclaw.reply.pace import account_of, allowances

_log = logging.getLogger(__name__)

#: When a platform asks to wait without saying how long. Seconds.
_DEFAULT_WAIT_SECONDS = 5.0


def react(
    account: ChannelAccount,
    reaction: Reaction,
    capabilities: ChannelCapabilities,
    limiter: SendLimiter,
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Put the reaction, if the platform has them and the account's pace leaves room; whether it was."""
    reactor: object = account
    if not capabilities.reactions or not isinstance(reactor, Reactor):
        return False
    name = account_of(reaction.route)
    # It is no message: what a conversation may get of these is left to replies.
    wanted = [each for each in allowances(capabilities, reaction.route) if not each.whose]
    slot = limiter.reserve(name, wanted, LONGEST_WAIT_MS)
    if not slot.granted:
        return False
    pause(slot.wait_ms / 1000)
    try:
        reactor.react(reaction.route, reaction.message_id, reaction.emoji, remove=reaction.remove)
    except ChannelRateLimited as error:
        seconds = _DEFAULT_WAIT_SECONDS if error.retry_after_seconds is None else error.retry_after_seconds
        limiter.hold_back(name, round(seconds * 1000) + 1)
        return False
    except ChannelError as error:
        _log.info("a reaction in %s was left out: %s", reaction.channel, error)
        return False
    return True
