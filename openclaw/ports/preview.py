"""The message that shows an answer in the making: sent once, edited as the answer grows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol


class PreviewSurface(Protocol):
    """One conversation that previews can be shown in. Thread-safe."""

    @property
    def interval_ms(self) -> int:
        """The shortest time between two calls of ``show``."""
        ...

    def fit(self, text: str) -> str:
        """What of a text that may still grow one message can show."""
        ...

    def show(self, message_id: str, text: str) -> str:
        """Send the message, or edit the one of this id; its id, empty when the account's pace leaves no room.

        Raises a ChannelError class.
        """
        ...

    @property
    def grows(self) -> bool:
        """Whether the message must be closed before the reply can take its place."""
        ...

    def close(self) -> None:
        """Nothing more is shown for now. Never raises."""
        ...

    def remove(self, message_id: str) -> None:
        """Take the message back; what cannot be done is only logged."""
        ...

    def run(self, job: Callable[[], None]) -> Future[None]:
        """Do something on one of few threads: a platform that is slow must not slow the turn."""
        ...
