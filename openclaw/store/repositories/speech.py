"""Speech that is yet to be made: rows of the outbox in the state ``making``, which keep those behind them waiting."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from sqlalchemy import bindparam, literal_column, select, update

from openclaw.domain.speech import Speech
from openclaw.ports.speech import Sound, SpeechJob
from openclaw.ports.store import OutboxFile
from openclaw.store.database import Database
from openclaw.store.models import outbox
from openclaw.store.repositories.media_files import add_file, new_file

_making = outbox.c.state == literal_column("'making'")
_CLAIM = (
    update(outbox)
    .where(outbox.c.run_id == bindparam("p_run"), _making, outbox.c.due_at_ms <= bindparam("p_now"))
    .values(claim_token=bindparam("p_token"), attempts=outbox.c.attempts + 1, due_at_ms=bindparam("p_until"))
    .returning(outbox.c.id, outbox.c.run_id, outbox.c.conversation, outbox.c.speech, outbox.c.attempts)
)
_SETTLE = update(outbox).where(outbox.c.id == bindparam("p_id"), outbox.c.claim_token == bindparam("p_token"), _making)
_MADE = _SETTLE.values(
    state="pending",
    file=bindparam("p_file", type_=outbox.c.file.type),
    text="",
    attempts=0,
    due_at_ms=bindparam("p_now"),
)
# Words that nothing was written of leave as words.
_WRITTEN = _SETTLE.where(outbox.c.text != "").values(state="pending", attempts=0, due_at_ms=bindparam("p_now"))
_GIVEN_UP = _SETTLE.values(state="failed", error=bindparam("p_error"), ended_at_ms=bindparam("p_now"))
_DUE = (
    select(outbox.c.run_id)
    .where(_making, outbox.c.ended_at_ms.is_(None), outbox.c.due_at_ms <= bindparam("p_now"))
    .distinct()
    .limit(bindparam("p_limit"))
)


class SqlSpeechQueue:
    """Implements ``SpeechQueue``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, run_id: str, now_ms: int, claim_ms: int) -> list[SpeechJob]:
        """Take what of a run is to be spoken and nobody is at."""
        token = uuid.uuid4().hex
        parameters = {"p_run": run_id, "p_now": now_ms, "p_until": now_ms + claim_ms, "p_token": token}
        with self._database.write() as connection:
            rows = connection.execute(_CLAIM, parameters).all()
        return [
            SpeechJob(row.id, row.run_id, row.conversation, Speech.from_json(row.speech), row.attempts, token)
            for row in sorted(rows, key=lambda row: row.id)
        ]

    def made(self, job: SpeechJob, sound: Sound, now_ms: int) -> bool:
        """Keep the sound, and let the row leave; false when the claim is no longer the caller's."""
        ref = new_file(sound.content, sound.mime, sound.name("reply"))
        file = asdict(OutboxFile(ref.id, ref.mime, ref.name, job.speech.voice_note))
        parameters = {"p_id": job.id, "p_token": job.claim_token, "p_file": file, "p_now": now_ms}
        with self._database.write() as connection:
            if connection.execute(_MADE, parameters).rowcount != 1:
                return False
            # Nobody has to listen to what was written before it was spoken.
            add_file(connection, ref, sound.content, now_ms, understood=job.speech.words)
        return True

    def given_up(self, job: SpeechJob, error: str, now_ms: int) -> bool:
        """Let its words leave if they are not written yet, else end the row, so that what is behind it can leave."""
        ids = {"p_id": job.id, "p_token": job.claim_token, "p_now": now_ms}
        parameters = {**ids, "p_error": error}
        with self._database.write() as connection:
            if connection.execute(_WRITTEN, ids).rowcount == 1:
                return True
            return bool(connection.execute(_GIVEN_UP, parameters).rowcount == 1)

    def due(self, now_ms: int, limit: int) -> list[str]:
        """Runs with speech that nobody is at."""
        with self._database.read() as connection:
            return list(connection.execute(_DUE, {"p_now": now_ms, "p_limit": limit}).scalars())
