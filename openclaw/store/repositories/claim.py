"""Claiming: raise the session's fence, then take up its open run or make one of its unfinished messages.

Raising the fence comes first and stays, whatever is found: from then on no older holder can write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from openclaw.domain.queue_mode import next_turn
from openclaw.domain.run import RunStatus, Usage
from openclaw.domain.transcript import Message, blocks_from_json
from openclaw.errors import LanesRolledBack, StaleFence
from openclaw.ports.lanes import Outlook
from openclaw.ports.store import Claim, ContextMark, NoWork
from openclaw.store.models import attempts, inbound, runs, sessions, transcript
from openclaw.store.repositories.identity import OWNER, sender_of
from openclaw.store.repositories.open_messages import (
    SEEN_EVERYTHING,
    OpenMessages,
    count_open,
    read_open,
    take_overheard,
    take_untold,
)
from openclaw.store.repositories.resume import resume
from openclaw.store.repositories.system_events import take_events
from openclaw.store.repositories.turn_messages import (
    COMPACTION,
    CONTENT,
    HISTORY_ENTRIES,
    Opening,
    after_events,
    after_overheard,
    says_nothing,
    transcript_row,
    turn_facts,
    turn_message,
    turn_opening,
    turn_route,
)
from openclaw.store.rows import AnyRow

_RAISE_FENCE = (
    update(sessions)
    .where(sessions.c.id == bindparam("p_session"), sessions.c.fence < bindparam("p_fence"))
    .values(fence=bindparam("p_fence"))
    .returning(
        sessions.c.id,
        sessions.c.session_key,
        sessions.c.session_uuid,
        sessions.c.agent_id,
        sessions.c.lane_class,
        sessions.c.fence,
        sessions.c.last_ordinal,
        sessions.c.last_seq,
        sessions.c.base_seq,
        sessions.c.compacted_seq,
        sessions.c.kept_seq,
        sessions.c.context_tokens,
        sessions.c.context_seq,
        sessions.c.auth_pin,
        sessions.c.active_run_id,
        sessions.c.last_run_id,
        sessions.c.untold_drops,
        sessions.c.drop_cap,
        sessions.c.overheard,
        sessions.c.system_events,
        sessions.c.settings,
        sessions.c.created_at_ms,
    )
)
_FENCE = select(sessions.c.fence).where(sessions.c.id == bindparam("p_session"))

_ENTRIES = select(transcript.c.role, transcript.c.blocks, transcript.c.seq).where(
    transcript.c.session_id == bindparam("p_session")
)
_HISTORY = (
    _ENTRIES.where(
        transcript.c.session_uuid == bindparam("p_uuid"),
        transcript.c.seq >= bindparam("p_kept"),
        transcript.c.role != COMPACTION,
    )
    .order_by(transcript.c.seq.desc())
    .limit(HISTORY_ENTRIES)
)
_SUMMARY = _ENTRIES.where(transcript.c.seq == bindparam("p_seq"), transcript.c.role == COMPACTION)

_JOIN_TURN = (
    update(inbound)
    .where(
        inbound.c.session_id == bindparam("p_session"),
        inbound.c.open,
        inbound.c.ordinal.in_(bindparam("p_ordinals", expanding=True)),
    )
    .values(turn_run_id=bindparam("p_run"))
    .returning(*CONTENT)
)

_BEGIN_TURN = (
    update(sessions)
    .where(sessions.c.id == bindparam("p_session"))
    .values(active_run_id=bindparam("p_run"), last_seq=bindparam("p_seq"), system_events=bindparam("p_events"))
)

_NEW_RUN = insert(runs)
_NEW_ATTEMPT = insert(attempts)
_NEW_ENTRY = insert(transcript).inline()


def claim(
    connection: Connection, session_id: int, fence: int, host: str, now_ms: int, config_version: int | None
) -> Claim | NoWork:
    """See ``RunStore.claim``."""
    session = connection.execute(_RAISE_FENCE, {"p_session": session_id, "p_fence": fence}).one_or_none()
    if session is None:
        return _refuse(connection, session_id, fence)
    messages = read_open(connection, session_id)
    if session.active_run_id:
        taken = resume(connection, session, messages, host, now_ms)
        if isinstance(taken, NoWork):
            return taken
        history = _history(connection, session, taken.session_uuid)
        return taken.as_claim(session, history, _facts(connection, session, messages, taken.queue_mode))
    chosen = next_turn(messages.queued(), now_ms)
    if not chosen.ordinals:
        return NoWork(messages.outlook(session.last_ordinal, now_ms), finished_run_id=session.last_run_id)
    return _start_turn(connection, session, messages, chosen.ordinals, host, now_ms, config_version)


def _refuse(connection: Connection, session_id: int, fence: int) -> NoWork:
    stored = connection.execute(_FENCE, {"p_session": session_id}).scalar_one_or_none()
    if stored is None:  # Redis names a session of another database: let its lane rest
        return NoWork(Outlook(seen_ordinal=SEEN_EVERYTHING))
    if stored == fence:
        raise LanesRolledBack(f"fence {fence} of session {session_id} was handed out twice")
    raise StaleFence(f"session {session_id} has been claimed under fence {stored}, {fence} is older")


def _start_turn(
    connection: Connection,
    session: AnyRow,
    messages: OpenMessages,
    ordinals: Sequence[int],
    host: str,
    now_ms: int,
    config_version: int | None,
) -> Claim:
    facts = _facts(connection, session, messages, "")
    run_id = next(m.run_id for m in messages.waiting if m.ordinal == ordinals[0])
    joined = connection.execute(
        _JOIN_TURN, {"p_session": session.id, "p_ordinals": list(ordinals), "p_run": run_id}
    ).all()
    rows = sorted(joined, key=lambda row: row.ordinal)
    head, route = rows[0], turn_route(rows)
    hears = not says_nothing(rows)
    tells_drops = hears and session.untold_drops
    dropped = take_untold(connection, session.id, run_id, session.drop_cap) if tells_drops else []
    message = turn_message(rows, dropped, session.untold_drops, session.drop_cap)
    if hears and session.system_events:
        heard = take_events(connection, session.id, run_id)
        message = after_events(message, heard, session.system_events)
    if hears and session.overheard:
        message = after_overheard(message, take_overheard(connection, session.id, run_id, session.overheard))
    history = _history(connection, session, session.session_uuid)
    opening = turn_opening(rows, message, session.settings, conversation_is_empty=not history)
    connection.execute(
        _NEW_RUN,
        {
            "run_id": run_id,
            "session_id": session.id,
            "session_uuid": session.session_uuid,
            "status": RunStatus.RUNNING.value,
            "lane_class": session.lane_class,
            "fence": session.fence,
            "route": route.to_json(),
            "options": opening.options,
            "queue_mode": head.mode,
            "sender_key": head.sender_key,
            "config_version": config_version,
            "created_at_ms": head.accepted_at_ms,
            "started_at_ms": now_ms,
            "active_since_ms": now_ms,
            "progress_at_ms": now_ms,
        },
    )
    connection.execute(
        _NEW_ATTEMPT,
        {"run_id": run_id, "fence": session.fence, "number": 1, "host": host, "started_at_ms": now_ms},
    )
    if opening.size:
        connection.execute(_NEW_ENTRY, _entries(session, run_id, opening, turn_facts(rows), now_ms))
    begun = {
        "p_run": run_id,
        "p_seq": session.last_seq + opening.size,
        "p_events": 0 if hears else session.system_events,
    }
    connection.execute(_BEGIN_TURN, {"p_session": session.id, **begun})
    return Claim(
        run_id=run_id,
        session_id=session.id,
        session_key=session.session_key,
        session_uuid=session.session_uuid,
        agent_id=session.agent_id,
        lane_class=session.lane_class,
        fence=session.fence,
        attempt=1,
        barren_attempts=0,
        resumed=False,
        created_at_ms=head.accepted_at_ms,
        started_at_ms=now_ms,
        route=route,
        options=opening.options,
        history=(*history, *_placed((*opening.history, *opening.messages), session.last_seq + 1)),
        steps=(),
        usage=Usage(),
        context=ContextMark(session.context_tokens, session.context_seq),
        auth_pin=session.auth_pin,
        merged_run_ids=tuple(row.run_id for row in rows[1:]),
        session={**facts, "queue_mode": head.mode, "message_count": facts["message_count"] + opening.size},
        config_version=config_version,
        is_owner=head.sender_key == OWNER,
        sender=sender_of(head.sender_key),
    )


def _entries(
    session: AnyRow, run_id: str, opening: Opening, facts: dict[str, Any], now_ms: int
) -> list[dict[str, Any]]:
    """The transcript rows of a turn's opening. Only the last one is this run's: the others are told, not said now."""
    messages = (*opening.history, *opening.messages)
    return [
        transcript_row(
            session.id,
            session.session_uuid,
            run_id if number == opening.size else "",
            session.last_seq + number,
            message,
            facts if number == opening.size and message.role == "user" else {},
            now_ms,
        )
        for number, message in enumerate(messages, start=1)
    ]


def _history(connection: Connection, session: AnyRow, session_uuid: str) -> tuple[Message, ...]:
    """The conversation as a model shall see it: the newest summary, and what came after the part it stands for."""
    conversation = {"p_session": session.id, "p_uuid": session_uuid, "p_kept": session.kept_seq}
    rows = connection.execute(_HISTORY, conversation).all()
    newest_last = [Message(role, blocks_from_json(blocks), seq) for role, blocks, seq in reversed(rows)]
    # A window that begins in the middle of a tool call would show results nobody asked for.
    while newest_last and newest_last[0].role == "tool":
        newest_last.pop(0)
    if session.compacted_seq and session_uuid == session.session_uuid:
        entry = {"p_session": session.id, "p_seq": session.compacted_seq}
        for _, blocks, seq in connection.execute(_SUMMARY, entry):
            newest_last.insert(0, Message("user", blocks_from_json(blocks), seq))
    return tuple(newest_last)


def _placed(messages: Sequence[Message], first_seq: int) -> list[Message]:
    return [replace(message, seq=seq) for seq, message in enumerate(messages, start=first_seq)]


def _facts(connection: Connection, session: AnyRow, messages: OpenMessages, queue_mode: str) -> dict[str, Any]:
    return {
        "queue_mode": queue_mode,
        "pending": count_open(connection, session.id, messages),
        "message_count": session.last_seq - session.base_seq,
        "created_at_ms": session.created_at_ms,
    }
