"""Senders on channels: requests with codes, and what was decided over them.

That an account has three places and a sender one request is the unique keys' doing: whoever loses a race finds his
place taken and looks again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, or_, select, update

from openclaw.domain.access import Standing
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.sender_pairing import MAX_PENDING, TTL_MS, KnownSender, SenderRequest, make_code, normal_code
from openclaw.ports.senders import Asked, Asking
from openclaw.store.database import Database
from openclaw.store.models import known_senders, sender_requests
from openclaw.store.repositories.identity import bounded_key
from openclaw.store.repositories.outbox import add_notice
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

#: Every lost try is somebody else's request; there are fewer places than this.
TRIES = 8


def _of_account(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.channel == bindparam("p_channel"), table.c.account == bindparam("p_account")


def _of_sender(table: Table) -> tuple[ColumnElement[bool], ...]:
    return *_of_account(table), table.c.sender_id == bindparam("p_sender")


_alive = sender_requests.c.created_at_ms > bindparam("p_oldest")
_STANDING = select(known_senders.c.standing).where(*_of_sender(known_senders))
_ANY_REFUSED = (
    select(known_senders.c.sender_id)
    .where(*_of_account(known_senders), known_senders.c.standing == Standing.REFUSED.value)
    .limit(1)
)
_WAITING = select(sender_requests).where(*_of_account(sender_requests))
_EXPIRED = delete(sender_requests).where(
    *_of_account(sender_requests), sender_requests.c.created_at_ms <= bindparam("p_oldest")
)
_SEEN = (
    update(sender_requests)
    .where(sender_requests.c.request_id == bindparam("p_request"))
    .values(last_seen_at_ms=bindparam("p_now"))
)
_FILE = DialectInsert(
    sender_requests, lambda insert: insert.on_conflict_do_nothing().returning(sender_requests.c.request_id)
)
_NAMED = select(sender_requests).where(
    or_(sender_requests.c.request_id == bindparam("p_name"), sender_requests.c.code == bindparam("p_code")), _alive
)
_ALL = select(sender_requests).where(_alive).order_by(sender_requests.c.created_at_ms, sender_requests.c.request_id)
_TAKE = (
    delete(sender_requests)
    .where(sender_requests.c.request_id == bindparam("p_request"), _alive)
    .returning(sender_requests)
)
_DROP = delete(sender_requests).where(sender_requests.c.request_id == bindparam("p_request"))
_KNOW = DialectInsert(
    known_senders,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["channel", "account", "sender_id"],
        set_={name: insert.excluded[name] for name in ("standing", "label", "decided_by", "decided_at_ms")},
    ),
)
_KNOWN = select(known_senders).order_by(known_senders.c.decided_at_ms.desc(), known_senders.c.sender_id)
_FORGET = delete(known_senders).where(*_of_sender(known_senders)).returning(known_senders)


class SqlSenderStore:
    """Implements ``SenderStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, channel: str, account: str, sender_id: str) -> Standing | None:
        """What was decided over a sender: one read by its key."""
        with self._database.read() as connection:
            return _standing(connection, _sender(channel, account, sender_id))

    def refuses_anybody(self, channel: str, account: str) -> bool:
        """Whether anybody at all was refused at an account."""
        with self._database.read() as connection:
            place = {"p_channel": channel, "p_account": account}
            return connection.execute(_ANY_REFUSED, place).one_or_none() is not None

    def ask(self, request: SenderRequest, notice: Callable[[SenderRequest], str], notice_key: str) -> Asked:
        """File a request with a code of its own, and the notice of it in the outbox, in one transaction."""
        request = replace(request, sender_id=bounded_key(request.sender_id))
        place, now = {"p_channel": request.channel, "p_account": request.account}, request.created_at_ms
        with self._database.write() as connection:
            connection.execute(_EXPIRED, {**place, "p_oldest": now - TTL_MS})
            for _ in range(TRIES):
                waiting = connection.execute(_WAITING, place).all()
                own = next((row for row in waiting if row.sender_id == request.sender_id), None)
                if own is not None:
                    connection.execute(_SEEN, {"p_request": own.request_id, "p_now": now})
                    return Asked(Asking.WAITING, replace(_request(own), last_seen_at_ms=now))
                # In this order: a request that has just gone was decided over before.
                if _standing(connection, {**place, "p_sender": request.sender_id}) is not None:
                    return Asked(Asking.DECIDED)
                free = set(range(MAX_PENDING)) - {row.place for row in waiting}
                if not free:
                    return Asked(Asking.FULL)
                filed = replace(request, code=make_code(secrets.choice))
                if _file(connection, filed, min(free)):
                    add_notice(connection, filed.route, notice(filed), bounded_key(notice_key), 0, now)
                    return Asked(Asking.NEW, filed)
        return Asked(Asking.FULL)

    def request(self, name: str, now_ms: int, channel: str = "", account: str = "") -> SenderRequest | None:
        """The request of this id or code; of one account when it is named."""
        named = {"p_name": name, "p_code": normal_code(name), "p_oldest": now_ms - TTL_MS}
        with self._database.read() as connection:
            found = [_request(row) for row in connection.execute(_NAMED, named)]
        return next((each for each in found if _is_at(each, channel, account)), None)

    def requests(self, now_ms: int, channel: str = "", account: str = "") -> list[SenderRequest]:
        """Those that wait, the oldest first."""
        with self._database.read() as connection:
            found = [_request(row) for row in connection.execute(_ALL, {"p_oldest": now_ms - TTL_MS})]
        return [each for each in found if _is_at(each, channel, account)]

    def decide(self, request_id: str, standing: Standing, by: str, now_ms: int) -> KnownSender | None:
        """Decide over a sender who waits; ``None`` when somebody else has, or it is too late."""
        with self._database.write() as connection:
            taken = {"p_request": request_id, "p_oldest": now_ms - TTL_MS}
            row = connection.execute(_TAKE, taken).one_or_none()
            if row is None:
                return None
            known = KnownSender(row.channel, row.account, row.sender_id, standing, row.label, by, now_ms)
            connection.execute(_KNOW.on(connection), _columns(known))
            return known

    def drop(self, request_id: str) -> bool:
        """Take a request off the list without a decision; false when it is not there."""
        with self._database.write() as connection:
            return connection.execute(_DROP, {"p_request": request_id}).rowcount > 0

    def senders(self, channel: str = "", account: str = "", limit: int = 500) -> list[KnownSender]:
        """Those over whom was decided, the newest decision first."""
        asked = _KNOWN.limit(limit)
        for column, value in ((known_senders.c.channel, channel), (known_senders.c.account, account)):
            asked = asked.where(column == value) if value else asked
        with self._database.read() as connection:
            return [_known(row) for row in connection.execute(asked)]

    def forget(self, channel: str, account: str, sender_id: str) -> KnownSender | None:
        """Take back what was decided over a sender; what it was."""
        with self._database.write() as connection:
            row = connection.execute(_FORGET, _sender(channel, account, sender_id)).one_or_none()
        return None if row is None else _known(row)


def _sender(channel: str, account: str, sender_id: str) -> dict[str, str]:
    return {"p_channel": channel, "p_account": account, "p_sender": bounded_key(sender_id)}


def _standing(connection: Connection, sender: dict[str, str]) -> Standing | None:
    found = connection.execute(_STANDING, sender).scalar_one_or_none()
    return None if found is None else Standing(found)


def _file(connection: Connection, request: SenderRequest, place: int) -> bool:
    values = {
        "request_id": request.request_id,
        "channel": request.channel,
        "account": request.account,
        "place": place,
        "sender_id": request.sender_id,
        "code": request.code,
        "label": request.label,
        "facts": request.facts,
        "route": request.route.to_json(),
        "created_at_ms": request.created_at_ms,
        "last_seen_at_ms": request.last_seen_at_ms,
    }
    return connection.execute(_FILE.on(connection), values).one_or_none() is not None


def _is_at(request: SenderRequest, channel: str, account: str) -> bool:
    return request.channel == (channel or request.channel) and request.account == (account or request.account)


def _columns(known: KnownSender) -> dict[str, Any]:
    return {
        "channel": known.channel,
        "account": known.account,
        "sender_id": known.sender_id,
        "standing": known.standing.value,
        "label": known.label,
        "decided_by": known.decided_by,
        "decided_at_ms": known.decided_at_ms,
    }


def _request(row: AnyRow) -> SenderRequest:
    return SenderRequest(
        request_id=row.request_id,
        channel=row.channel,
        account=row.account,
        sender_id=row.sender_id,
        code=row.code,
        label=row.label,
        facts=row.facts,
        route=ReplyRoute.from_json(row.route),
        created_at_ms=row.created_at_ms,
        last_seen_at_ms=row.last_seen_at_ms,
    )


def _known(row: AnyRow) -> KnownSender:
    return KnownSender(
        channel=row.channel,
        account=row.account,
        sender_id=row.sender_id,
        standing=Standing(row.standing),
        label=row.label,
        decided_by=row.decided_by,
        decided_at_ms=row.decided_at_ms,
    )
