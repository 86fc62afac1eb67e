"""Offering the commands in the menus of the platforms that have one, when the gateway starts.

A platform keeps its menu, so a failure is worth a line in the log and no more. Several processes say the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from openclaw.domain.chat_commands import menu
from openclaw.errors import ChannelError
from openclaw.ports.channel import CommandMenu
from web.services import ConfiguredAccount

log = logging.getLogger(__name__)


def offer_menus(accounts: Sequence[ConfiguredAccount]) -> None:
    """Tell the accounts' platforms, on a thread of its own: the gateway serves meanwhile."""
    able = [each for each in accounts if isinstance(each.account, CommandMenu)]
    if able:
        threading.Thread(target=_offer, args=(able,), name="command-menus", daemon=True).start()


def _offer(accounts: Sequence[ConfiguredAccount]) -> None:
    for each in accounts:
        if not isinstance(each.account, CommandMenu):
            continue
        try:
            each.account.offer_commands(menu())
        except ChannelError as error:
            log.warning("the menu of %s/%s was not set: %s", each.channel, each.account_id, error)
