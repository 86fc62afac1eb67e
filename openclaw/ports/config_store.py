"""The versions of the configuration that a cluster shares. SQL has them; files are what people edit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from openclaw.errors import InvalidRequest


def text_hash(text: str) -> str:
    """SHA-256 in hex: what callers compare texts by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class ConfigConflict(InvalidRequest):
    """The configuration has changed since it was read."""

    code: ClassVar[str] = "CONFIG_CONFLICT"

    def __init__(self, message: str = "") -> None:
        super().__init__(message, details={"code": self.code})


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """One text that is or was in force. ``text`` may hold credentials and is not printed."""

    id: int
    text: str = field(repr=False)
    #: SHA-256 of the text, in hex.
    hash: str
    #: ``file``, or the method that wrote it.
    source: str
    author: str
    note: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class NewConfig:
    """A text that shall become the next version."""

    text: str = field(repr=False)
    source: str
    author: str = ""
    note: str = ""


class ConfigStore(Protocol):
    def latest_id(self) -> int:
        """The newest version's id, 0 when there is none. One cheap query: every process asks once a second."""
        ...

    def latest(self) -> ConfigVersion | None: ...

    def version(self, version_id: int) -> ConfigVersion | None: ...

    def latest_with(self, hash_: str) -> int:
        """The newest version whose text has this hash, 0 for a text that was never in force."""
        ...

    def add(self, new: NewConfig, base_id: int, now_ms: int) -> ConfigVersion:
        """Put a version on top of ``base_id``. Raises ConfigConflict when that is not the newest any more."""
        ...

    def recent(self, limit: int) -> list[ConfigVersion]:
        """The newest versions first."""
        ...
