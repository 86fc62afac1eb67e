"""The outbox: a chunk is claimed before it is sent, and never past an earlier open one of its conversation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, case, literal_column, select, update

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import FencedRun
from openclaw.errors import StaleFence
from openclaw.ports.store import OutboxFile, OutboxHead, OutboxOutcome, OutboxRow
from openclaw.store.database import Database
from openclaw.store.models import outbox, sessions
from openclaw.store.repositories.identity import bounded_key
from openclaw.store.repositories.upsert import insert_new
from openclaw.store.rows import AnyRow

CLAIM_EXPIRED = "the sender stopped while sending"

_oldest = outbox.alias("oldest")
_earlier = outbox.alias("earlier")

_CLAIMED = tuple(
    outbox.c[name]
    for name in (
        "id",
        "run_id",
        "route",
        "text",
        "attempts",
        "claim_token",
        "created_at_ms",
        "buttons",
        "file",
        "edits",
    )
)

_CLAIM = (
    update(outbox)
    .where(
        outbox.c.id
        == select(_oldest.c.id)
        .where(_oldest.c.conversation == bindparam("p_conversation"), _oldest.c.ended_at_ms.is_(None))
        .order_by(_oldest.c.id)
        .limit(1)
        .scalar_subquery(),
        # Looked at again when another claimer was first.
        outbox.c.state == "pending",
        outbox.c.due_at_ms <= bindparam("p_now"),
    )
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        claim_token=bindparam("p_token"),
        claim_until_ms=bindparam("p_until"),
    )
    .returning(*_CLAIMED)
)

_HEAD = (
    select(outbox.c.id, outbox.c.state, outbox.c.route, outbox.c.due_at_ms)
    .where(outbox.c.conversation == bindparam("p_conversation"), outbox.c.ended_at_ms.is_(None))
    .order_by(outbox.c.id)
    .limit(1)
)
_POSTPONE = (
    update(outbox)
    .where(outbox.c.id == bindparam("p_id"), outbox.c.state == "pending")
    .values(due_at_ms=bindparam("p_due"))
)

# A sender that comes back after its claim expired knows better than "unknown", as long as nobody sent again.
_SETTLE = update(outbox).where(
    outbox.c.id == bindparam("p_id"),
    outbox.c.claim_token == bindparam("p_token"),
    outbox.c.state.in_(["sending", "unknown"]),
)
_SENT = _SETTLE.values(
    state="sent", provider_message_id=bindparam("p_message"), error="", ended_at_ms=bindparam("p_now")
)
_RETRY = _SETTLE.values(
    state="pending",
    error=bindparam("p_error"),
    due_at_ms=bindparam("p_due"),
    claim_token="",
    claim_until_ms=0,
    ended_at_ms=None,
)
_END = _SETTLE.values(state=bindparam("p_state"), error=bindparam("p_error"), ended_at_ms=bindparam("p_now"))

_DUE = (
    select(outbox.c.conversation)
    .where(
        outbox.c.ended_at_ms.is_(None),
        outbox.c.state == "pending",
        outbox.c.due_at_ms <= bindparam("p_now"),
        ~select(_earlier.c.id)
        .where(
            _earlier.c.conversation == outbox.c.conversation,
            _earlier.c.ended_at_ms.is_(None),
            _earlier.c.id < outbox.c.id,
        )
        .exists(),
    )
    .order_by(outbox.c.due_at_ms)
    .limit(bindparam("p_limit"))
)

_sending = outbox.c.state == literal_column("'sending'")
_EXPIRE = (
    update(outbox)
    .where(
        outbox.c.id.in_(
            select(_oldest.c.id)
            .where(_oldest.c.state == literal_column("'sending'"), _oldest.c.claim_until_ms <= bindparam("p_now"))
            .order_by(_oldest.c.claim_until_ms)
            .limit(bindparam("p_limit"))
        ),
        _sending,
        outbox.c.claim_until_ms <= bindparam("p_now"),
    )
    .values(
        # The same text in place of the same message is harmless.
        state=case((outbox.c.edits != "", "pending"), else_="unknown"),
        error=CLAIM_EXPIRED,
        ended_at_ms=case((outbox.c.edits != "", None), else_=bindparam("p_now")),
    )
    .returning(*_CLAIMED, outbox.c.state)
)

_ADD = insert_new(outbox)
# Locks the session's row, and changes nothing of it.
_HOLD = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("p_session"),
        sessions.c.fence == bindparam("p_fence"),
        sessions.c.active_run_id == bindparam("p_run"),
    )
    .values(fence=sessions.c.fence)
)
_SAID = select(outbox.c.id).where(outbox.c.key == bindparam("p_key"))
_OUTCOMES = (
    select(outbox.c.state, outbox.c.route, outbox.c.text, outbox.c.provider_message_id, outbox.c.error)
    .where(outbox.c.key.in_(bindparam("p_keys", expanding=True)))
    .order_by(outbox.c.chunk_index)
)


def _chunk_keys(key: str, chunks: int) -> list[str]:
    base = bounded_key(key)
    return [f"{base}:{index}" for index in range(chunks)]


def add_notice(
    connection: Connection,
    route: ReplyRoute,
    text: str,
    key: str,
    index: int,
    now_ms: int,
    buttons: Sequence[tuple[str, str]] = (),
    file: OutboxFile | None = None,
) -> bool:
    """Put one row that belongs to no run into the outbox, in the caller's transaction; false when its key was used."""
    values: dict[str, Any] = {
        "key": key,
        "run_id": None,
        "reply_index": 0,
        "chunk_index": index,
        "conversation": route.conversation,
        "route": route.to_json(),
        "text": text,
        "buttons": [{"label": label, "says": says} for label, says in buttons] or None,
        "file": None if file is None else asdict(file),
        "state": "pending",
        "due_at_ms": now_ms,
        "created_at_ms": now_ms,
    }
    return connection.execute(_ADD.on(connection), values).one_or_none() is not None


def _hold(connection: Connection, run: FencedRun) -> None:
    holder = {"p_session": run.session_id, "p_fence": run.fence, "p_run": run.run_id}
    if connection.execute(_HOLD, holder).rowcount != 1:
        raise StaleFence(f"run {run.run_id}: fence {run.fence} is over")


def _add_all(connection: Connection, route: ReplyRoute, chunks: Sequence[str], key: str, now_ms: int) -> bool:
    keys = _chunk_keys(key, len(chunks))
    added = [
        add_notice(connection, route, text, chunk_key, index, now_ms)
        for index, (chunk_key, text) in enumerate(zip(keys, chunks, strict=True))
    ]
    return all(added)


class SqlOutboxStore:
    """Implements ``OutboxStore``. The ``mark`` methods return false when the claim is no longer the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_next(self, conversation: str, now_ms: int, claim_ms: int) -> OutboxRow | None:
        """Claim the conversation's oldest open row if it is due; never past an earlier open one."""
        parameters = {
            "p_conversation": conversation,
            "p_now": now_ms,
            "p_until": now_ms + claim_ms,
            "p_token": uuid.uuid4().hex,
        }
        with self._database.write() as connection:
            row = connection.execute(_CLAIM, parameters).one_or_none()
        return None if row is None else _outbox_row(row)

    def head(self, conversation: str) -> OutboxHead | None:
        """The conversation's oldest open row; ``None`` when there is none, or it cannot be claimed now or later."""
        with self._database.read() as connection:
            row = connection.execute(_HEAD, {"p_conversation": conversation}).one_or_none()
        if row is None or row.state != "pending":
            return None
        return OutboxHead(row.id, ReplyRoute.from_json(row.route), row.due_at_ms)

    def postpone(self, head: OutboxHead, due_at_ms: int) -> None:
        """Let a row that nobody has claimed be due later."""
        with self._database.write() as connection:
            connection.execute(_POSTPONE, {"p_id": head.id, "p_due": due_at_ms})

    def mark_sent(self, row: OutboxRow, provider_message_id: str, now_ms: int) -> bool:
        """Note that the platform took it; also when the claim has expired meanwhile and nobody sent it again."""
        return self._settle(_SENT, row, p_message=provider_message_id, p_now=now_ms)

    def mark_retry(self, row: OutboxRow, error: str, due_at_ms: int) -> bool:
        """Put it back, due later; also one whose outcome is unknown, where the channel's policy is to send again."""
        return self._settle(_RETRY, row, p_error=error, p_due=due_at_ms)

    def mark_ended(self, row: OutboxRow, state: str, error: str, now_ms: int) -> bool:
        """End a row as ``failed`` or ``unknown``."""
        return self._settle(_END, row, p_state=state, p_error=error, p_now=now_ms)

    def due_conversations(self, now_ms: int, limit: int) -> list[str]:
        """Conversations whose oldest open row can be claimed now."""
        with self._database.read() as connection:
            return list(connection.execute(_DUE, {"p_now": now_ms, "p_limit": limit}).scalars())

    def enqueue_notice(
        self, route: ReplyRoute, text: str, key: str, now_ms: int, buttons: Sequence[tuple[str, str]] = ()
    ) -> bool:
        """Put a line that belongs to no run into the outbox; false when ``key`` was used before.

        A client has no outbox: it is told by its own connection, and this does nothing.
        """
        if route.channel == "client":
            return False
        with self._database.write() as connection:
            return add_notice(connection, route, text, bounded_key(key), 0, now_ms, buttons)

    def was_said(self, key: str) -> bool:
        """Whether a notice of this key was put into the outbox before."""
        with self._database.read() as connection:
            return connection.execute(_SAID, {"p_key": bounded_key(key)}).first() is not None

    def enqueue_chunks(self, route: ReplyRoute, chunks: Sequence[str], key: str, now_ms: int) -> bool:
        """Put a message that belongs to no run into the outbox, chunk by chunk; false when ``key`` was used before."""
        with self._database.write() as connection:
            return _add_all(connection, route, chunks, key, now_ms)

    def enqueue_in_run(self, run: FencedRun, route: ReplyRoute, chunks: Sequence[str], key: str, now_ms: int) -> bool:
        """As ``enqueue_chunks``, in the name of a run and only under its fence. Raises StaleFence."""
        with self._database.write() as connection:
            _hold(connection, run)
            return _add_all(connection, route, chunks, key, now_ms)

    def enqueue_file_in_run(
        self, run: FencedRun, route: ReplyRoute, file: OutboxFile, text: str, key: str, now_ms: int
    ) -> bool:
        """A file, with words below it that may be empty; the rest as ``enqueue_in_run``. Raises StaleFence."""
        with self._database.write() as connection:
            _hold(connection, run)
            return add_notice(connection, route, text, bounded_key(key), 0, now_ms, file=file)

    def outcomes(self, key: str, chunks: int) -> list[OutboxOutcome]:
        """How it stands with the chunks of ``enqueue_chunks``, in their order."""
        with self._database.read() as connection:
            rows = connection.execute(_OUTCOMES, {"p_keys": _chunk_keys(key, chunks)}).all()
        return [
            OutboxOutcome(row.state, ReplyRoute.from_json(row.route), row.text, row.provider_message_id, row.error)
            for row in rows
        ]

    def expire_claims(self, now_ms: int, limit: int) -> list[OutboxRow]:
        """Claims that ran out while sending: they become ``unknown`` and are returned; edits are due again."""
        with self._database.write() as connection:
            rows = connection.execute(_EXPIRE, {"p_now": now_ms, "p_limit": limit}).all()
        return [_outbox_row(row) for row in sorted(rows, key=lambda row: row.id) if row.state == "unknown"]

    def _settle(self, statement: Any, row: OutboxRow, **parameters: Any) -> bool:
        with self._database.write() as connection:
            result = connection.execute(statement, {"p_id": row.id, "p_token": row.claim_token, **parameters})
            return bool(result.rowcount == 1)


def _outbox_row(row: AnyRow) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        run_id=row.run_id or "",
        route=ReplyRoute.from_json(row.route),
        text=row.text,
        attempts=row.attempts,
        claim_token=row.claim_token,
        created_at_ms=row.created_at_ms,
        buttons=tuple((each["label"], each["says"]) for each in row.buttons or ()),
        file=OutboxFile(**row.file) if row.file else None,
        edits=row.edits,
    )
