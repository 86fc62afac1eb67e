"""Each channel's account together with the platform behind it, one module per channel with its ``WORLD``."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import AccountPlace, ChannelAccount, ChannelPlugin, WebhookRequest

SECRET = "a-webhook-secret"
#: For accounts that keep no files.
NO_PLACE = AccountPlace(Path("/nowhere"))


class World(Protocol):
    plugin: ChannelPlugin
    account: ChannelAccount
    #: The direct conversation with sender ``42``, or with ``peer`` where the platform's ids look otherwise.
    route: ReplyRoute
    #: A text of so many characters is refused by the platform.
    refused_chars: int

    def taken(self) -> list[str]:
        """The visible texts the platform holds, in order."""
        ...

    def typing_notes(self) -> int: ...

    def rate_limit(self, seconds: int) -> None:
        """Let the platform answer the next send so.

        Where it cannot say how long, the world's ``own_wait_seconds`` are what the account waits.
        """
        ...

    def refuse(self) -> None:
        """Let the platform refuse the next send for good."""
        ...

    def unplug(self) -> None:
        """Let nothing leave any more."""
        ...

    def swallow_the_answer(self) -> None:
        """Let the platform take the next send and say nothing."""
        ...

    def close(self) -> None: ...


class WebhookWorld(World, Protocol):
    """A world whose account takes webhook calls."""

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        """A direct message as the platform posts it, signed with the secret."""
        ...

    def posted(self, body: bytes) -> WebhookRequest:
        """Any body as the platform would post it, signed with the right secret."""
        ...
