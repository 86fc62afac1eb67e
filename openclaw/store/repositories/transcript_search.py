"""Words in transcripts: the newest entries first, a slice of rows per query.

There is no index of words. What bounds the work is the number of entries that are looked at; the database leaves out
those without the words, and what it finds is looked at once more, since it sees the stored form with its markup.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, or_, select

from openclaw.ports.store import FoundEntry, SearchScope
from openclaw.store.database import Database
from openclaw.store.models import sessions, transcript
from openclaw.store.repositories.sessions import ENTRY_COLUMNS, entry_of
from openclaw.store.rows import AnyRow

#: Entries that one query looks at: a few milliseconds of SQLite, which lets nobody else run meanwhile.
SLICE = 2_000
#: Entries that one search looks at.
MAX_LOOKED_AT = 200_000

_FOUND = (
    select(*ENTRY_COLUMNS, transcript.c.session_uuid, sessions.c.session_key)
    .join(sessions, sessions.c.id == transcript.c.session_id)
    .where(transcript.c.role.in_(("user", "assistant")), sessions.c.deleted_at_ms.is_(None))
)
_NEWEST = select(func.max(transcript.c.id))


class SqlTranscriptSearch:
    """Implements ``TranscriptSearch``."""

    def __init__(self, database: Database, *, max_looked_at: int = MAX_LOOKED_AT, slice_size: int = SLICE) -> None:
        self._database = database
        self._slices = max(1, max_looked_at // slice_size)
        self._size = slice_size

    def search(self, words: Sequence[str], scope: SearchScope, limit: int) -> tuple[list[FoundEntry], bool]:
        """See the port."""
        wanted = [word.lower() for word in words]
        looking = _FOUND.where(*(_holds(word) for word in wanted))
        if scope.agent_id is not None:
            looking = looking.where(sessions.c.agent_id == scope.agent_id)
        found: list[FoundEntry] = []
        for number, rows in enumerate(self._rows_of(scope)):
            if number >= self._slices or len(found) >= limit:
                return found[:limit], True
            found += self._look(looking.where(*rows), wanted)
            time.sleep(0)
        return found[:limit], len(found) > limit

    def _look(self, looking: Select[Any], words: list[str]) -> list[FoundEntry]:
        with self._database.read() as connection:
            rows = connection.execute(looking.order_by(transcript.c.id.desc())).all()
        found = [_found(row) for row in rows]
        return [entry for entry in found if all(word in entry.entry.message.text.lower() for word in words)]

    def _rows_of(self, scope: SearchScope) -> Iterator[list[ColumnElement[bool]]]:
        if scope.session_keys is None:
            with self._database.read() as connection:
                newest = connection.execute(_NEWEST).scalar_one()
            yield from ([transcript.c.id > low, transcript.c.id <= high] for low, high in self._ranges(newest or 0))
            return
        with self._database.read() as connection:
            chosen = _chosen(connection, scope.session_keys)
        for session in chosen:
            of_session = transcript.c.session_id == session.id
            for low, high in self._ranges(session.last_seq):
                yield [of_session, transcript.c.seq > low, transcript.c.seq <= high]

    def _ranges(self, newest: int) -> Iterator[tuple[int, int]]:
        for high in range(newest, 0, -self._size):
            yield max(0, high - self._size), high


def _holds(word: str) -> ColumnElement[bool]:
    """A condition on the stored form of an entry, in which some characters are escaped.

    SQLite knows the case of ASCII letters alone; of other words it is asked for the usual spellings.
    """
    stored, escaped = cast(transcript.c.blocks, Text), json.dumps(word, ensure_ascii=False)[1:-1]
    folded = stored.icontains(escaped, autoescape=True)
    if escaped.isascii():
        return folded
    return or_(folded, *(stored.contains(s, autoescape=True) for s in sorted({escaped.upper(), escaped.capitalize()})))


def _chosen(connection: Connection, session_keys: Sequence[str]) -> Sequence[AnyRow]:
    statement = (
        select(sessions.c.id, sessions.c.last_seq)
        .where(sessions.c.session_key.in_(session_keys))
        .order_by(sessions.c.updated_at_ms.desc())
    )
    return connection.execute(statement).all()


def _found(row: AnyRow) -> FoundEntry:
    return FoundEntry(row.session_key, row.session_uuid, entry_of(row))
