"""Finding words in what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.ports.store.sessions import TranscriptEntry


@dataclass(frozen=True, slots=True)
class SearchScope:
    """Where to look; the newest conversations of every session when nothing is named."""

    agent_id: str | None = None
    session_keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that holds every word."""

    session_key: str
    session_uuid: str
    entry: TranscriptEntry


class TranscriptSearch(Protocol):
    def search(self, words: Sequence[str], scope: SearchScope, limit: int) -> tuple[list[FoundEntry], bool]:
        """The newest entries of persons and assistants with all words in any case, and whether some were not looked at.

        Looks at a bounded number of entries, in slices; others get their turn between them.
        """
        ...
