"""How an agent's words get to somebody on a channel, beside the reply of its turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.message_guard import MessageRules
from openclaw.domain.run import FencedRun
from openclaw.ports.store import OutboxFile


class PostOffice(Protocol):
    """Thread-safe; every method goes by the configuration as it is now."""

    def accounts(self) -> Mapping[str, tuple[str, ...]]:
        """The accounts that can be sent from, by channel; a channel without any is there too."""
        ...

    def rules(self) -> MessageRules:
        """Who may be written to."""
        ...

    def takes_files(self, channel: str) -> bool:
        """Whether files can be sent on a channel."""
        ...

    def post_file(self, run: FencedRun, route: ReplyRoute, file: OutboxFile, key: str) -> None:
        """Put a file that is kept into the outbox, once per key. Raises StaleFence."""
        ...

    def post(self, run: FencedRun, route: ReplyRoute, text: str, key: str) -> int:
        """Put a message into the outbox, once per key; in how many parts. Raises StaleFence."""
        ...
