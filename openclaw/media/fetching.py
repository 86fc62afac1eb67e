"""Files that a platform still holds, fetched once a turn wants to read them.

What is gone or too large is noted with the reason, so that nobody asks again; what only could not be had now is left
for the next turn that wants it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openclaw.errors import ChannelError, ChannelRejected
from openclaw.media.content_type import content_type
from openclaw.ports.channel import ChannelAccount, FileFetcher
from openclaw.ports.media_files import HeldFile, MediaFiles

log = logging.getLogger(__name__)

#: A platform that does not answer is asked this often before the turn goes on without the file.
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Fetching:
    """Thread-safe."""

    files: MediaFiles
    #: An account as it is configured now; ``None`` when it is not.
    account: Callable[[str, str], ChannelAccount | None]
    max_bytes: Callable[[], int]

    def fetch(self, media_ids: Sequence[str]) -> int:
        """Fetch those that their platforms still hold; how many were had. Raises StoreUnavailable."""
        return sum(self._fetch(held) for held in self.files.held(media_ids))

    def _fetch(self, held: HeldFile) -> bool:
        try:
            content = self._content(held)
        except ChannelRejected as error:
            log.warning("the file %s of %s cannot be had: %s", held.id, held.channel, error)
            self.files.understood(held.id, f"(It could not be fetched: {error})", failed=True)
            return False
        except ChannelError as error:
            log.warning("the file %s of %s cannot be had now: %s", held.id, held.channel, error)
            return False
        kind = content_type(content, held.file.mime, held.file.name)
        self.files.fetched(held.id, content, kind.mime)
        return True

    def _content(self, held: HeldFile) -> bytes:
        account: object = self.account(held.channel, held.account)
        if not isinstance(account, FileFetcher):
            raise ChannelRejected(f"channel {held.channel} has no account {held.account!r} that fetches files")
        limit = self.max_bytes()
        if held.file.size_bytes > limit:
            raise ChannelRejected(f"it has {held.file.size_bytes} bytes, and {limit} are taken")
        for _ in range(ATTEMPTS - 1):
            try:
                return account.fetch_file(held.file, limit)
            except ChannelRejected:
                raise
            except ChannelError as error:
                log.info("the file %s is asked for again: %s", held.id, error)
        return account.fetch_file(held.file, limit)
