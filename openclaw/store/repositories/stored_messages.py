"""Messages that were accepted, as they came in."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.store.database import Database
from openclaw.store.models import inbound
from openclaw.store.repositories.identity import bounded_key

_NAMED = select(inbound).where(or_(inbound.c.run_id == bindparam("p_name"), inbound.c.source_key == bindparam("p_key")))


class SqlStoredMessages:
    """By run id or source key, which are both unique."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def envelope(self, name: str) -> InboundEnvelope | None:
        """The message of a run, or of a source key (``channel:account:event``). Its files are left out."""
        with self._database.read() as connection:
            row = connection.execute(_NAMED, {"p_name": name, "p_key": bounded_key(name)}).first()
        if row is None:
            return None
        return InboundEnvelope(
            channel=row.channel,
            account=row.account,
            event_id=row.source_key,
            peer=Peer(row.peer_kind, row.peer_id),
            sender=Sender(row.sender_id, row.sender_name),
            text=row.text,
            route=ReplyRoute.from_json(row.route),
            thread_id=row.thread_id,
            message_id=row.message_id,
            extra=row.extra,
        )
