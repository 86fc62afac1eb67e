"""Files that came with messages, and what they say or show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from openclaw.domain.envelope import MediaRef, RemoteFile


class MediaState(StrEnum):
    """Whether somebody has looked at a file."""

    #: Its platform still holds it.
    REMOTE = "remote"
    NEW = "new"
    UNDERSTOOD = "understood"
    #: Nobody could say what it holds; ``text`` says why.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MediaNote:
    """What is known of a file."""

    id: str
    mime: str
    name: str
    state: MediaState
    text: str


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that a platform still holds."""

    id: str
    channel: str
    account: str
    file: RemoteFile


class MediaFiles(Protocol):
    """Raises StoreUnavailable."""

    def keep(self, content: bytes, mime: str, name: str, now_ms: int) -> MediaRef:
        """Keep a file; its reference goes with the message."""
        ...

    def content(self, media_id: str) -> bytes | None:
        """What it holds; ``None`` for one that is not kept any more."""
        ...

    def held(self, media_ids: Sequence[str]) -> list[HeldFile]:
        """Those of these that their platforms still hold."""
        ...

    def fetched(self, media_id: str, content: bytes, mime: str) -> None:
        """Keep what a file holds that was fetched."""
        ...

    def notes(self, media_ids: Sequence[str]) -> dict[str, MediaNote]:
        """What is known of these, by id; those that are not kept any more are left out."""
        ...

    def understood(self, media_id: str, text: str, *, failed: bool = False) -> None:
        """Note what a file says or shows, or why nobody can say."""
        ...

    def forget(self, before_ms: int, limit: int) -> int:
        """Remove files that are older; how many."""
        ...
