"""Files that Telegram holds: getFile names a path, which is valid for an hour, and the file is behind it.

https://core.telegram.org/bots/api#getfile
"""

from __future__ import annotations

from openclaw.channels.telegram.client import TelegramClient
from openclaw.channels.telegram.limits import MAX_DOWNLOAD_BYTES
from openclaw.domain.envelope import RemoteFile
from openclaw.errors import ChannelRejected, ChannelUnreachable


def fetch_file(client: TelegramClient, file: RemoteFile, max_bytes: int) -> bytes:
    """What a file holds. Raises ChannelRejected for one that is gone or larger, else a ChannelError class."""
    limit = min(max_bytes, MAX_DOWNLOAD_BYTES)
    if file.size_bytes > limit:
        raise ChannelRejected(f"telegram: the file has {file.size_bytes} bytes, and {limit} are given or taken")
    found = client.call("getFile", {"file_id": file.ref})
    path = found.get("file_path") if isinstance(found, dict) else None
    if not isinstance(path, str) or not path:
        raise ChannelUnreachable("telegram getFile: the answer names no path")
    if path.startswith("/"):
        # So does a Bot API server of one's own in local mode, which gives no files over HTTP.
        raise ChannelRejected("telegram getFile: the server is in local mode and keeps the file on its own disk")
    return client.download(path, limit)
