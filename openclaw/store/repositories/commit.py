"""Writing under a fence: steps, messages, usage, and the steers that have come meanwhile.

Every write first changes the session row *where the fence and the open run are still the claim's*: that locks the row
and is the check. When it changes no row, another holder has claimed since, or the run is over, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Update, bindparam, case, insert, true, update

from openclaw.domain.budgets import Amount
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import Disposition, RunStatus, StepKind, Usage
from openclaw.domain.transcript import Message, user_text
from openclaw.errors import StaleFence
from openclaw.ports.store import Claim, Committed, Compaction, ReplyChunk, RunChanges, StepRecord
from openclaw.store.models import inbound, runs, sessions, steps, transcript
from openclaw.store.repositories.budgets import settle
from openclaw.store.repositories.open_messages import waiting_steers
from openclaw.store.repositories.reply_rows import add_rows
from openclaw.store.repositories.turn_messages import (
    COMPACTION,
    CONTENT,
    steered_message,
    transcript_row,
    turn_facts,
)
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

USAGE_COLUMNS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_microusd")


_WEIGHED = bindparam("p_context", type_=Integer) > 0


def fenced_update(**values: Any) -> Update:
    """Update the session row only while the claim holds; usage and ``p_entries`` are added to its totals."""
    return (
        update(sessions)
        .where(
            sessions.c.id == bindparam("p_session"),
            sessions.c.fence == bindparam("p_fence"),
            sessions.c.active_run_id == bindparam("p_run"),
        )
        .values(
            last_seq=sessions.c.last_seq + bindparam("p_entries"),
            context_tokens=case((_WEIGHED, bindparam("p_context")), else_=sessions.c.context_tokens),
            context_seq=case((_WEIGHED, sessions.c.last_seq + bindparam("p_entries")), else_=sessions.c.context_seq),
            auth_pin=case((bindparam("p_pin") != "", bindparam("p_pin")), else_=sessions.c.auth_pin),
            **{name: sessions.c[name] + bindparam(f"p_{name}") for name in USAGE_COLUMNS},
            **values,
        )
        .returning(sessions.c.last_seq, sessions.c.last_ordinal)
    )


_LOCK = fenced_update()

#: The claim's run, unless it was parked: a holder that suspended it writes no more.
RUNNING_RUN = (
    runs.c.run_id == bindparam("p_run"),
    runs.c.fence == bindparam("p_fence"),
    runs.c.status == RunStatus.RUNNING.value,
)

_PROGRESS = (
    update(runs)
    .where(*RUNNING_RUN)
    .values(
        progress_at_ms=bindparam("p_now"),
        progressed=case((bindparam("p_progressed") == true(), true()), else_=runs.c.progressed),
        barren_attempts=case((bindparam("p_progressed") == true(), 0), else_=runs.c.barren_attempts),
        wait_id=case((bindparam("p_progressed") == true(), None), else_=runs.c.wait_id),
        **{name: runs.c[name] + bindparam(f"p_{name}") for name in USAGE_COLUMNS},
    )
    .returning(runs.c.abort_reason, runs.c.sender_key)
)

_ADD_ENTRIES = insert(transcript).inline()
_COMPACT = (
    update(sessions)
    .where(sessions.c.id == bindparam("p_session"))
    .values(
        compacted_seq=bindparam("p_seq"),
        kept_seq=bindparam("p_kept"),
        compactions=sessions.c.compactions + 1,
        context_tokens=0,
        context_seq=0,
        # The vendor has to read the whole of it anew, whoever asks.
        auth_pin="",
    )
)

_PUT_STEP = DialectInsert(
    steps,
    lambda statement: statement.on_conflict_do_update(
        index_elements=[steps.c.run_id, steps.c.index],
        set_={
            name: statement.excluded[name]
            for name in ("kind", "status", "fence", "call_id", "name", "payload", "finished_at_ms")
        },
        # A finished step stays finished.
        where=steps.c.status != "finished",
    ),
)

_STEER = QueueMode.STEER.value
_TAKE_STEERS = (
    update(inbound)
    .where(
        inbound.c.session_id == bindparam("p_session"),
        inbound.c.open,
        inbound.c.ordinal.in_(bindparam("p_ordinals", expanding=True)),
    )
    .values(
        steered_run_id=bindparam("p_run"),
        # A steer ends here; a steer-backlog goes on waiting for a turn of its own.
        open=inbound.c.mode != _STEER,
        disposition=case((inbound.c.mode == _STEER, Disposition.STEERED.value), else_=None),
        turn_run_id=case((inbound.c.mode == _STEER, bindparam("p_run")), else_=None),
        ended_at_ms=case((inbound.c.mode == _STEER, bindparam("p_now")), else_=None),
    )
    .returning(*CONTENT)
)
_ADD_SEQ = update(sessions).where(sessions.c.id == bindparam("p_session")).values(last_seq=bindparam("p_seq"))


def usage_parameters(usage: Usage) -> dict[str, int]:
    """Usage as parameters of statements that add it up."""
    return {
        "p_input_tokens": usage.input_tokens,
        "p_output_tokens": usage.output_tokens,
        "p_cache_read_tokens": usage.cache_read_tokens,
        "p_cache_write_tokens": usage.cache_write_tokens,
        "p_cost_microusd": usage.cost_microusd,
    }


def lock_session(
    connection: Connection, claim: Claim, changes: RunChanges, statement: Update = _LOCK, **parameters: Any
) -> AnyRow | None:
    """Lock the session row under the claim's fence and count the changes in; ``None`` when the claim holds no more."""
    return connection.execute(
        statement,
        {
            "p_session": claim.session_id,
            "p_fence": claim.fence,
            "p_run": claim.run_id,
            "p_entries": len(changes.messages) + (changes.compaction is not None),
            "p_context": changes.context_tokens,
            "p_pin": changes.auth_pin,
            **usage_parameters(changes.usage),
            **parameters,
        },
    ).one_or_none()


def stale(claim: Claim) -> StaleFence:
    """What a write without its fence raises."""
    return StaleFence(f"run {claim.run_id} is no longer held under fence {claim.fence}")


def commit(connection: Connection, claim: Claim, changes: RunChanges, now_ms: int) -> Committed:
    """See ``RunStore.commit``."""
    session = lock_session(connection, claim, changes)
    if session is None:
        raise stale(claim)
    run = note_progress(connection, claim, changes, now_ms)
    write_changes(connection, claim, changes, session.last_seq, now_ms)
    # What arrives for an aborted turn is for the next one.
    ordinals = [] if run.abort_reason else waiting_steers(connection, claim.session_id, run.sender_key)
    if not ordinals:
        return Committed(last_seq=session.last_seq, abort_reason=run.abort_reason)
    return take_steers(connection, claim, ordinals, session.last_seq, now_ms)


def say(connection: Connection, claim: Claim, step: StepRecord, chunks: Sequence[ReplyChunk], now_ms: int) -> None:
    """See ``RunStore.say``."""
    if lock_session(connection, claim, RunChanges()) is None:
        raise stale(claim)
    note_progress(connection, claim, RunChanges(), now_ms)
    connection.execute(_PUT_STEP.on(connection), [_step_row(claim, step, False, now_ms)])
    add_rows(connection, claim, chunks, f"block:{step.index}:", now_ms)


def note_progress(connection: Connection, claim: Claim, changes: RunChanges, now_ms: int) -> AnyRow:
    """Add usage and progress to the run; its abort reason and sender. Raises StaleFence when it is parked."""
    run = connection.execute(
        _PROGRESS,
        {
            "p_run": claim.run_id,
            "p_fence": claim.fence,
            "p_now": now_ms,
            "p_progressed": bool(changes.finished),
            **usage_parameters(changes.usage),
        },
    ).one_or_none()
    if run is None:
        raise stale(claim)
    return run


def write_changes(
    connection: Connection,
    claim: Claim,
    changes: RunChanges,
    last_seq: int,
    now_ms: int,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write steps and messages; ``last_seq`` is what the session row says with these messages counted in."""
    records = (*changes.finished, *changes.started)
    if records:
        finished = {id(step) for step in changes.finished}
        connection.execute(
            _PUT_STEP.on(connection), [_step_row(claim, step, id(step) in finished, now_ms) for step in records]
        )
    if changes.charge is not None:
        used = Amount(changes.usage.cost_microusd, changes.usage.total)
        settle(connection, changes.charge.hold_id, changes.charge.places, used, now_ms)
    if changes.compaction is not None:
        _compact(connection, claim, changes.compaction, last_seq, now_ms)
    add_rows(connection, claim, changes.notes, "note:", now_ms)
    if changes.messages:
        first = last_seq - len(changes.messages) + 1
        connection.execute(
            _ADD_ENTRIES,
            [
                transcript_row(
                    claim.session_id,
                    claim.session_uuid,
                    claim.run_id,
                    seq,
                    message,
                    _facts(message, changes, facts or {}),
                    now_ms,
                )
                for seq, message in enumerate(changes.messages, start=first)
            ],
        )


def _compact(connection: Connection, claim: Claim, compaction: Compaction, seq: int, now_ms: int) -> None:
    """Put the summary in as an entry of its own; what it stands for stays where it is, for people to read."""
    facts = {
        "firstKeptSeq": compaction.first_kept_seq,
        "tokensBefore": compaction.tokens_before,
        "tokensAfter": compaction.tokens_after,
    }
    row = transcript_row(
        claim.session_id, claim.session_uuid, claim.run_id, seq, user_text(compaction.summary), facts, now_ms
    )
    connection.execute(_ADD_ENTRIES, [{**row, "role": COMPACTION}])
    connection.execute(_COMPACT, {"p_session": claim.session_id, "p_seq": seq, "p_kept": compaction.first_kept_seq})


def take_steers(connection: Connection, claim: Claim, ordinals: Sequence[int], last_seq: int, now_ms: int) -> Committed:
    """Put waiting steers into the transcript, in their order."""
    taken = connection.execute(
        _TAKE_STEERS,
        {"p_session": claim.session_id, "p_ordinals": list(ordinals), "p_run": claim.run_id, "p_now": now_ms},
    ).all()
    rows = sorted(taken, key=lambda row: row.ordinal)
    messages = [steered_message(row) for row in rows]
    connection.execute(
        _ADD_ENTRIES,
        [
            transcript_row(claim.session_id, claim.session_uuid, claim.run_id, seq, message, turn_facts([row]), now_ms)
            for seq, (row, message) in enumerate(zip(rows, messages, strict=True), start=last_seq + 1)
        ],
    )
    connection.execute(_ADD_SEQ, {"p_session": claim.session_id, "p_seq": last_seq + len(rows)})
    return Committed(
        last_seq=last_seq,
        steers=tuple(messages),
        steered_run_ids=tuple(row.run_id for row in rows),
        joined_run_ids=tuple(row.run_id for row in rows if row.mode == _STEER),
    )


def _step_row(claim: Claim, step: StepRecord, finished: bool, now_ms: int) -> dict[str, Any]:
    return {
        "run_id": claim.run_id,
        "index": step.index,
        "kind": step.kind.value,
        "status": step.status.value,
        "fence": claim.fence,
        "call_id": step.call_id,
        "name": step.name,
        "payload": step.payload,
        "started_at_ms": now_ms,
        "finished_at_ms": now_ms if finished else None,
    }


def _facts(message: Message, changes: RunChanges, more: Mapping[str, Any]) -> dict[str, Any]:
    """For an assistant message: the facts of the model call that made it."""
    if message.role != "assistant":
        return {}
    calls = [step.payload for step in changes.finished if step.kind is StepKind.MODEL]
    facts = dict(calls[-1]) if calls else {}
    if changes.usage != Usage():
        facts.setdefault("usage", changes.usage.to_json())
    return {**facts, **more}
