"""What a linked number keeps on this host: its link, files on their way, and messages that are not stored yet.

All of it is in the account's folder, mode 0700: ``session.sqlite3`` with the keys of the link, ``files/``, and the
journal ``unread/``: WhatsApp does not deliver a message again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openclaw.channels.whatsapp.link_journal import LinkJournal

_SESSION = "session.sqlite3"


class LinkFiles:
    """The account's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unread = LinkJournal(folder / "unread")

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
        media = [event["media"] for event in self.unread.messages() if isinstance(event.get("media"), dict)]
        waiting = {str(each.get("file", "")) for each in media}
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
