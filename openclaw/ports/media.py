"""The media store's contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from openclaw.domain.envelope import MediaRef


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file of the store with where it lies."""

    ref: MediaRef
    path: Path
    expires_at_ms: int


class MediaStore(Protocol):
    def save(self, content: bytes, *, name: str = "", declared_mime: str = "") -> MediaRef:
        """Keep a file for the store's TTL. Raises InvalidRequest past the size cap."""
        ...

    def open(self, media_id: str) -> StoredMedia | None:
        """``None`` for an unknown, expired or unsafe id."""
        ...

    def sweep(self) -> int:
        """Delete what has expired; how many."""
        ...
