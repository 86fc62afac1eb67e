"""Reactions to messages of people, put by the workers that deliver replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.envelope import ReplyRoute


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji that is put to a message, or taken away again."""

    channel: str
    account: str
    target: str
    thread_id: str | None
    message_id: str
    emoji: str
    remove: bool = False

    @property
    def route(self) -> ReplyRoute:
        return ReplyRoute(self.channel, self.account, self.target, self.thread_id)

    @classmethod
    def to(cls, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> Reaction:
        return cls(route.channel, route.account, route.target, route.thread_id, message_id, emoji, remove)


class ReactionBell(Protocol):
    def ring_reaction(self, reaction: Reaction) -> None:
        """Ask for a reaction; one that gets lost is not missed. Raises RedisUnavailable."""
        ...
