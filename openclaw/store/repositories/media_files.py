"""Files that came with messages."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from openclaw.domain.envelope import MediaRef, RemoteFile
from openclaw.ports.media_files import HeldFile, MediaNote, MediaState
from openclaw.store.database import Database
from openclaw.store.models import media_files

_ADD = insert(media_files)
_CONTENT = select(media_files.c.data).where(media_files.c.id == bindparam("p_id"))
_NOTES = select(
    media_files.c.id, media_files.c.mime, media_files.c.name, media_files.c.state, media_files.c.text
).where(media_files.c.id.in_(bindparam("p_ids", expanding=True)))
_UNDERSTOOD = (
    update(media_files)
    .where(media_files.c.id == bindparam("p_id"))
    .values(state=bindparam("p_state"), text=bindparam("p_text"))
)
_HELD = select(media_files.c.id, media_files.c.remote).where(
    media_files.c.id.in_(bindparam("p_ids", expanding=True)), media_files.c.state == MediaState.REMOTE.value
)
_FETCHED = (
    update(media_files)
    .where(media_files.c.id == bindparam("p_id"), media_files.c.state == MediaState.REMOTE.value)
    .values(
        data=bindparam("p_data"), mime=bindparam("p_mime"), size_bytes=bindparam("p_size"), state=MediaState.NEW.value
    )
)
_OLD = select(media_files.c.id).where(media_files.c.created_at_ms < bindparam("p_before")).limit(bindparam("p_limit"))
_FORGET = delete(media_files).where(media_files.c.id.in_(bindparam("p_ids", expanding=True)))


def new_file(content: bytes, mime: str, name: str) -> MediaRef:
    """How a file is called that is to be kept."""
    return MediaRef(str(uuid.uuid4()), mime, name, len(content))


#: What a file is taken for until it is here, where its platform does not say.
_USUAL_MIME = {
    "image": "image/jpeg",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "video": "video/mp4",
    "sticker": "image/webp",
    "document": "application/octet-stream",
}


def add_remote(connection: Connection, file: RemoteFile, channel: str, account: str, now_ms: int) -> MediaRef:
    """Note a file that its platform still holds, in the caller's transaction."""
    mime = file.mime or _USUAL_MIME[file.kind]
    ref = MediaRef(str(uuid.uuid4()), mime, file.name, file.size_bytes)
    row = {
        "id": ref.id,
        "mime": mime,
        "name": file.name,
        "size_bytes": file.size_bytes,
        "data": b"",
        "state": MediaState.REMOTE.value,
        "text": "",
        "remote": {"channel": channel, "account": account, "file": dataclasses.asdict(file)},
        "created_at_ms": now_ms,
    }
    connection.execute(_ADD, row)
    return ref


def add_file(connection: Connection, ref: MediaRef, content: bytes, now_ms: int, *, understood: str = "") -> None:
    """Keep a file in the caller's transaction; ``understood`` is what it says, where that is known."""
    row = {
        "id": ref.id,
        "mime": ref.mime,
        "name": ref.name,
        "size_bytes": ref.size_bytes,
        "data": content,
        "state": (MediaState.UNDERSTOOD if understood else MediaState.NEW).value,
        "text": understood,
        "remote": None,
        "created_at_ms": now_ms,
    }
    connection.execute(_ADD, row)


class SqlMediaFiles:
    """Implements ``MediaFiles``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, content: bytes, mime: str, name: str, now_ms: int) -> MediaRef:
        """Keep a file; its reference goes with the message."""
        ref = new_file(content, mime, name)
        with self._database.write() as connection:
            add_file(connection, ref, content, now_ms)
        return ref

    def content(self, media_id: str) -> bytes | None:
        """What it holds; ``None`` for one that is not kept any more."""
        with self._database.read() as connection:
            found: bytes | None = connection.execute(_CONTENT, {"p_id": media_id}).scalar_one_or_none()
        return found

    def held(self, media_ids: Sequence[str]) -> list[HeldFile]:
        """Those of these that their platforms still hold."""
        if not media_ids:
            return []
        with self._database.read() as connection:
            rows = connection.execute(_HELD, {"p_ids": list(media_ids)}).all()
        return [
            HeldFile(row.id, row.remote["channel"], row.remote["account"], RemoteFile(**row.remote["file"]))
            for row in rows
        ]

    def fetched(self, media_id: str, content: bytes, mime: str) -> None:
        """Keep what a file holds that was fetched."""
        values = {"p_id": media_id, "p_data": content, "p_mime": mime, "p_size": len(content)}
        with self._database.write() as connection:
            connection.execute(_FETCHED, values)

    def notes(self, media_ids: Sequence[str]) -> dict[str, MediaNote]:
        """What is known of these, by id."""
        if not media_ids:
            return {}
        with self._database.read() as connection:
            rows = connection.execute(_NOTES, {"p_ids": list(media_ids)}).all()
        return {row.id: MediaNote(row.id, row.mime, row.name, MediaState(row.state), row.text) for row in rows}

    def understood(self, media_id: str, text: str, *, failed: bool = False) -> None:
        """Note what a file says or shows, or why nobody can say."""
        state = MediaState.FAILED if failed else MediaState.UNDERSTOOD
        with self._database.write() as connection:
            connection.execute(_UNDERSTOOD, {"p_id": media_id, "p_state": state.value, "p_text": text})

    def forget(self, before_ms: int, limit: int) -> int:
        """Remove files that are older; how many."""
        with self._database.read() as connection:
            old = list(connection.execute(_OLD, {"p_before": before_ms, "p_limit": limit}).scalars())
        if old:
            with self._database.write() as connection:
                connection.execute(_FORGET, {"p_ids": old})
        return len(old)
