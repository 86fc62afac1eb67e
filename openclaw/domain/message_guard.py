"""To whom an agent may write beside the conversation that it is in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from openclaw.domain.envelope import ReplyRoute


@dataclass(frozen=True, slots=True)
class MessageRules:
    """What an operator allows."""

    #: Anybody on the account that the conversation is on.
    within_account: bool = True
    #: Patterns of ``channel:account:target``, or of ``channel:target`` for every account.
    targets: tuple[str, ...] = ()


def may_write(to: ReplyRoute, here: ReplyRoute, rules: MessageRules) -> bool:
    """Whether an agent whose conversation is ``here`` may write there."""
    if (to.channel, to.account, to.target) == (here.channel, here.account, here.target):
        return True
    if rules.within_account and (to.channel, to.account) == (here.channel, here.account):
        return True
    names = (f"{to.channel}:{to.account}:{to.target}", f"{to.channel}:{to.target}")
    return any(fnmatchcase(name, pattern) for name in names for pattern in rules.targets)
