"""What a turn puts into the outbox, under its fence: the reply at its end, and notes on the way."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from openclaw.ports.store import Claim, ReplyChunk
from openclaw.store.models import outbox
from openclaw.store.repositories.upsert import DialectInsert

# A step that is committed again has told its note before.
_ADD = DialectInsert(outbox, lambda insert: insert.on_conflict_do_nothing())


def add_rows(
    connection: Connection, claim: Claim, chunks: Sequence[ReplyChunk], kind: str, now_ms: int, *, edits: str = ""
) -> str:
    """Queue chunks; the conversation they are for, empty without any. ``kind`` keeps notes and replies apart.

    ``edits`` is the message that the first of them takes the place of, unless it is spoken.
    """
    if not chunks or claim.route.channel == "client":
        return ""
    conversation = claim.route.conversation
    connection.execute(
        _ADD.on(connection),
        [
            {
                "key": f"{claim.run_id}:{kind}{chunk.reply_index}:{chunk.chunk_index}",
                "run_id": claim.run_id,
                "reply_index": chunk.reply_index,
                "chunk_index": chunk.chunk_index,
                "conversation": conversation,
                "route": claim.route.to_json() | ({"reply_to": chunk.reply_to} if chunk.reply_to else {}),
                "text": chunk.text,
                "speech": None if chunk.speech is None else chunk.speech.to_json(),
                "edits": edits if place == 0 and chunk.speech is None else "",
                "state": "pending" if chunk.speech is None else "making",
                "due_at_ms": now_ms + chunk.delay_ms,
                "created_at_ms": now_ms,
            }
            for place, chunk in enumerate(chunks)
        ],
    )
    return conversation
