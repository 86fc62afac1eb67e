"""Offering the commands in the menus of the platforms that have one, when the gateway starts.

A platform keeps its menu, so a failure is worth a line in the log and no more. Several processes say the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from openclaw.domain.chat_commands import MENU_SIZE, menu
from openclaw.domain.skill_commands import SkillCommand
from openclaw.errors import ChannelError
from openclaw.ports.channel import CommandMenu
from web.services import ConfiguredAccount

log = logging.getLogger(__name__)


#: Reads the commands of skills; it may take a moment.
SkillCommands = Callable[[], Sequence[SkillCommand]]


def offer_menus(accounts: Sequence[ConfiguredAccount], skills: SkillCommands = tuple) -> None:
    """Tell the accounts' platforms, on a thread of its own: the gateway serves meanwhile."""
    menus = [(f"{each.channel}/{each.account_id}", account) for each in accounts if (account := _menu_of(each))]
    if menus:
        threading.Thread(target=_offer, args=(menus, skills), name="command-menus", daemon=True).start()


def _menu_of(configured: ConfiguredAccount) -> CommandMenu | None:
    account: object = configured.account
    return account if isinstance(account, CommandMenu) else None


def _offer(menus: Sequence[tuple[str, CommandMenu]], skills: SkillCommands) -> None:
    offered = [*menu(), *((each.name, each.description) for each in skills())][:MENU_SIZE]
    for name, account in menus:
        try:
            account.offer_commands(offered)
        except ChannelError as error:
            log.warning("the menu of %s was not set: %s", name, error)
