"""``[session]`` and ``[broadcast]``: who shares a conversation, and which conversations several agents answer."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.session_key import DmScope, SessionScope
from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class SessionSection:
    """``[session]``"""

    scope: SessionScope = option(
        SessionScope.PER_SENDER, "`global`: an agent has one session for everything, whoever writes."
    )
    dm_scope: DmScope = option(
        DmScope.PER_ACCOUNT_CHANNEL_PEER,
        "Which direct messages share a session; `main`: all of an agent's, so that people read each other's.",
    )
    identity_links: Mapping[str, tuple[str, ...]] = option(
        meaning='A person\'s name, and who he is on channels: `channel:id` or an id. Not for `dm_scope = "main"`.',
        factory=dict,
    )


@dataclass(frozen=True, slots=True)
class BroadcastSection:
    """``[broadcast]``; a key that is no other is short for one of ``peers``."""

    strategy: str = option("parallel", "How the agents' turns run: all at once.", one_of=("parallel",))
    peers: Mapping[str, tuple[str, ...]] = option(
        meaning="A conversation (`channel:id` or an id), and the agents that all answer it, each by its name.",
        factory=dict,
        form="agent",
    )
