"""What a linked number keeps on this host: its link, files on their way, and messages that could not be stored.

All of it is in the account's folder, mode 0700: ``session.sqlite3`` with the keys of the link, ``files/``, and
``unread.jsonl``. WhatsApp does not deliver a message again, so what the store cannot take when the connection must be
given up waits there for the next one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openclaw.channels.whatsapp.link_protocol import fields_of

_SESSION = "session.sqlite3"


class LinkFiles:
    """The account's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unread = folder / "unread.jsonl"

    @property
    def session(self) -> Path:
        return self._folder / _SESSION

    @property
    def exchange(self) -> Path:
        """Where files are that go from or to the link process."""
        return self._folder / "files"

    def prepare(self) -> None:
        """Make the folders; nobody else may look into them. Files that were left over go."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.exchange.mkdir(mode=0o700, exist_ok=True)
        waiting = {str(each.get("media", {}).get("file", "")) for each in self._lines() if _is_object(each, "media")}
        for left in self.exchange.iterdir():
            if left.name not in waiting:
                left.unlink()

    def forget_link(self) -> None:
        """Remove the keys of a link that is over."""
        for path in self._folder.glob(f"{_SESSION}*"):
            path.unlink()

    def read(self, name: str) -> bytes | None:
        """What a file from the link process holds; ``None`` when there is none."""
        try:
            return (self.exchange / Path(name).name).read_bytes()
        except OSError:
            return None

    def remove(self, name: str) -> None:
        """It is kept elsewhere now."""
        (self.exchange / Path(name).name).unlink(missing_ok=True)

    @contextmanager
    def lend(self, content: bytes) -> Iterator[str]:
        """A file for the link process, by its name, for as long as the block lasts."""
        path = self.exchange / uuid.uuid4().hex
        path.touch(mode=0o600)
        try:
            path.write_bytes(content)
            yield path.name
        finally:
            path.unlink(missing_ok=True)

    def put_aside(self, events: list[dict[str, Any]]) -> None:
        """Keep messages for the next connection."""
        if not events:
            return
        with self._unread.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)

    def set_aside(self) -> list[dict[str, Any]]:
        """The messages that were kept, oldest first."""
        return self._lines()

    def clear_aside(self) -> None:
        """They are stored."""
        self._unread.unlink(missing_ok=True)

    def _lines(self) -> list[dict[str, Any]]:
        try:
            lines = self._unread.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [event for line in lines if (event := fields_of(line)) is not None]


def _is_object(event: dict[str, Any], key: str) -> bool:
    return isinstance(event.get(key), dict)
