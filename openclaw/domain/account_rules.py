"""What every channel account can be told, whatever its platform: who may write to it. Pure.

These keys stand in the account's section beside the channel's own, and no adapter sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Who may write to an account."""

    dm_policy: DmPolicy = "pairing"
    #: Senders by id, or ``*``.
    allow_from: tuple[str, ...] = ()
    group_policy: GroupPolicy = "allowlist"
    #: Senders in groups; empty for ``allow_from``.
    group_allow_from: tuple[str, ...] = ()
    groups: Mapping[str, GroupAccess] = field(default_factory=dict)


#: The keys of a section that are not the channel's.
COMMON_KEYS = tuple(AccountRules.__dataclass_fields__)
