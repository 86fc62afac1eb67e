"""What every channel account can be told, whatever its platform: who may write, how much, and how it answers. Pure.

These keys stand in the account's section beside the channel's own, and no adapter sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from openclaw.domain.reply_target import ReplyToMode
from openclaw.domain.sender_names import normal_list

DmPolicy = Literal["pairing", "allowlist", "open", "disabled"]
GroupPolicy = Literal["allowlist", "open", "disabled"]


@dataclass(frozen=True, slots=True)
class GroupAccess:
    """One group or room, by its id; ``*`` stands for all that are not named."""

    #: ``None`` for what the account or ``[messages.groups]`` says.
    require_mention: bool | None = None
    #: Who may write there; empty for the account's own list.
    allow_from: tuple[str, ...] = ()
    enabled: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "allow_from", normal_list(self.allow_from))


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much may be written to an account; 0 for as much as one likes. Operators are not counted."""

    per_sender: int = 30
    per_account: int = 600
    #: What both are counted over.
    window_seconds: int = 60


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Who may write to an account, how much, and how it answers."""

    dm_policy: DmPolicy = "pairing"
    #: Senders as ``domain.sender_names`` has them, or ``*``.
    allow_from: tuple[str, ...] = ()
    group_policy: GroupPolicy = "allowlist"
    #: Senders in groups; empty for ``allow_from``.
    group_allow_from: tuple[str, ...] = ()
    #: By the id of a group or of what it hangs on, ``guild:ID``, ``team:ID``, or ``*`` for all that are not named.
    groups: Mapping[str, GroupAccess] = field(default_factory=dict)
    rate_limit: RateLimit = field(default_factory=RateLimit)
    #: Whether its replies quote what they answer.
    reply_to_mode: ReplyToMode = "off"
    #: What becomes of a message of which nobody knows whether it arrived; ``None`` for what the channel does.
    unknown_policy: Literal["hold", "retry"] | None = None

    def __post_init__(self) -> None:
        for name in ("allow_from", "group_allow_from"):
            object.__setattr__(self, name, normal_list(getattr(self, name)))
        object.__setattr__(self, "groups", {key.casefold(): access for key, access in self.groups.items()})


#: The keys of a section that are not the channel's.
COMMON_KEYS = tuple(AccountRules.__dataclass_fields__)
