"""Ending a turn: last messages, run, dispositions, outbox and what the lane should expect, in one transaction.

A turn that succeeded while steers were arriving does not end: it commits, takes them in and goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from openclaw.domain.run import Disposition, RunStatus, Usage
from openclaw.domain.session_key import main_session_key
from openclaw.domain.silence import is_silent
from openclaw.domain.system_events import Announcement, NewSystemEvent, ending_event
from openclaw.ports.store import Claim, Committed, Finished, FinishRequest
from openclaw.store.models import attempts, inbound, runs, sessions
from openclaw.store.repositories.commit import (
    RUNNING_RUN,
    USAGE_COLUMNS,
    fenced_update,
    lock_session,
    note_progress,
    stale,
    take_steers,
    usage_parameters,
    write_changes,
)
from openclaw.store.repositories.open_messages import OpenMessages, read_open
from openclaw.store.repositories.reply_rows import add_rows
from openclaw.store.repositories.system_events import post_event

_END_SESSION_TURN = fenced_update(
    active_run_id="",
    last_run_id=bindparam("p_run"),
    model=case((bindparam("p_model") != "", bindparam("p_model")), else_=sessions.c.model),
    updated_at_ms=bindparam("p_now"),
)
_REOPEN_SESSION_TURN = (
    update(sessions).where(sessions.c.id == bindparam("p_session")).values(active_run_id=bindparam("p_run"))
)

_END_RUN = (
    update(runs)
    .where(*RUNNING_RUN)
    .values(
        status=bindparam("p_status"),
        stop_reason=bindparam("p_stop_reason"),
        provider=bindparam("p_provider"),
        model=bindparam("p_model"),
        error=bindparam("p_error"),
        error_kind=bindparam("p_error_kind"),
        reply_text=bindparam("p_reply_text"),
        wait_id=None,
        progress_at_ms=bindparam("p_now"),
        ended_at_ms=bindparam("p_now"),
        **{name: runs.c[name] + bindparam(f"p_{name}") for name in USAGE_COLUMNS},
    )
    .returning(*(runs.c[name] for name in USAGE_COLUMNS), runs.c.preview_id)
)
_END_ATTEMPT = (
    update(attempts)
    .where(attempts.c.run_id == bindparam("p_run"), attempts.c.fence == bindparam("p_fence"))
    .values(ended_at_ms=bindparam("p_now"), outcome=bindparam("p_outcome"))
)
_END_MESSAGES = (
    update(inbound)
    .where(inbound.c.session_id == bindparam("p_session"), inbound.c.open, inbound.c.turn_run_id == bindparam("p_run"))
    .values(
        open=False,
        disposition=case((inbound.c.run_id == bindparam("p_run"), bindparam("p_head")), else_=bindparam("p_others")),
        ended_at_ms=bindparam("p_now"),
    )
)
#: The option of a run whose end the agent's main session shall hear of: an ``Announcement``.
ANNOUNCE = "announce"

_ABORT_REASON = select(runs.c.abort_reason).where(runs.c.run_id == bindparam("p_run"))

_ENDED = (
    select(
        sessions.c.last_ordinal,
        sessions.c.fence,
        runs.c.fence.label("run_fence"),
        runs.c.ended_at_ms,
        *(runs.c[name] for name in USAGE_COLUMNS),
    )
    .join(runs, runs.c.session_id == sessions.c.id)
    .where(sessions.c.id == bindparam("p_session"), runs.c.run_id == bindparam("p_run"))
)
_MERGED = (
    select(inbound.c.run_id)
    .where(
        inbound.c.session_id == bindparam("p_session"),
        inbound.c.turn_run_id == bindparam("p_run"),
        inbound.c.run_id != bindparam("p_run"),
        inbound.c.disposition.in_([Disposition.MERGED.value, Disposition.ABORTED.value]),
    )
    .order_by(inbound.c.ordinal)
)


def finish(connection: Connection, claim: Claim, request: FinishRequest) -> Finished | Committed:
    """See ``RunStore.finish``. Finishing a second time gives the same answer."""
    now_ms = request.now_ms
    session = lock_session(connection, claim, request.changes, _END_SESSION_TURN, p_model=request.model, p_now=now_ms)
    if session is None:
        return _finished_before(connection, claim, request)
    messages = read_open(connection, claim.session_id)
    steers = _steers(connection, claim, request, messages)
    if steers:
        connection.execute(_REOPEN_SESSION_TURN, {"p_session": claim.session_id, "p_run": claim.run_id})
        note_progress(connection, claim, request.changes, now_ms)
        write_changes(connection, claim, request.changes, session.last_seq, now_ms)
        return take_steers(connection, claim, steers, session.last_seq, now_ms)
    write_changes(connection, claim, request.changes, session.last_seq, now_ms, _model_facts(request))
    usage, preview_id = _end_run(connection, claim, request)
    _end_messages(connection, claim, request)
    announced = _announced(claim, request)
    if announced is not None:
        # Locks a second session's row. Only main sessions are told and they tell nobody: no two wait for each other.
        post_event(connection, announced, now_ms)
    return Finished(
        outlook=messages.outlook(session.last_ordinal, now_ms),
        merged_run_ids=tuple(m.run_id for m in messages.own if m.run_id != claim.run_id),
        conversation=add_rows(connection, claim, request.replies, "", now_ms, edits=preview_id),
        usage=usage,
        owes_wake=announced is not None and announced.wake,
    )


def _steers(connection: Connection, claim: Claim, request: FinishRequest, messages: OpenMessages) -> Sequence[int]:
    if request.status is not RunStatus.SUCCEEDED or not messages.own:
        return ()
    steers = messages.steers(messages.own[0].sender_key)
    if steers and connection.execute(_ABORT_REASON, {"p_run": claim.run_id}).scalar_one():
        return ()
    return steers


def _end_run(connection: Connection, claim: Claim, request: FinishRequest) -> tuple[Usage, str]:
    """End the run; what it has used in all."""
    ended = connection.execute(
        _END_RUN,
        {
            "p_run": claim.run_id,
            "p_fence": claim.fence,
            "p_status": request.status.value,
            "p_stop_reason": request.stop_reason,
            "p_provider": request.provider,
            "p_model": request.model,
            "p_error": request.error,
            "p_error_kind": request.error_kind,
            "p_reply_text": _reply_text(request),
            "p_now": request.now_ms,
            **usage_parameters(request.changes.usage),
        },
    ).one_or_none()
    if ended is None:  # parked meanwhile
        raise stale(claim)
    connection.execute(
        _END_ATTEMPT,
        {
            "p_run": claim.run_id,
            "p_fence": claim.fence,
            "p_now": request.now_ms,
            "p_outcome": request.status.value,
        },
    )
    return Usage(*(getattr(ended, name) for name in USAGE_COLUMNS)), ended.preview_id


def _end_messages(connection: Connection, claim: Claim, request: FinishRequest) -> None:
    aborted = request.status is RunStatus.ABORTED
    connection.execute(
        _END_MESSAGES,
        {
            "p_session": claim.session_id,
            "p_run": claim.run_id,
            "p_head": (Disposition.ABORTED if aborted else Disposition.TURN).value,
            "p_others": (Disposition.ABORTED if aborted else Disposition.MERGED).value,
            "p_now": request.now_ms,
        },
    )


def _announced(claim: Claim, request: FinishRequest) -> NewSystemEvent | None:
    """What the agent's main session shall hear of this end; if it is its own, it has the answer already."""
    wish = claim.options.get(ANNOUNCE)
    if not wish or claim.session_key == main_session_key(claim.agent_id):
        return None
    return ending_event(
        Announcement.from_json(wish),
        claim.agent_id,
        claim.run_id,
        request.status,
        request.error or request.text,
        silent=is_silent(request.text),
    )


def _reply_text(request: FinishRequest) -> str:
    """What the assistant said last, for callers that come back after the stream is gone."""
    said = [message.text for message in request.changes.messages if message.role == "assistant" and message.text]
    return said[-1] if said else request.text or "".join(chunk.text for chunk in request.replies)


def _model_facts(request: FinishRequest) -> dict[str, Any]:
    facts = {"provider": request.provider, "model": request.model, "stopReason": request.stop_reason}
    return {name: value for name, value in facts.items() if value}


def _finished_before(connection: Connection, claim: Claim, request: FinishRequest) -> Finished:
    row = connection.execute(_ENDED, {"p_session": claim.session_id, "p_run": claim.run_id}).one_or_none()
    if row is None or row.ended_at_ms is None or not row.fence == row.run_fence == claim.fence:
        raise stale(claim)
    merged = connection.execute(_MERGED, {"p_session": claim.session_id, "p_run": claim.run_id}).scalars().all()
    replied = bool(request.replies) and claim.route.channel != "client"
    announced = _announced(claim, request)
    return Finished(
        outlook=read_open(connection, claim.session_id).outlook(row.last_ordinal, request.now_ms),
        merged_run_ids=tuple(merged),
        conversation=claim.route.conversation if replied else "",
        usage=Usage(*(getattr(row, name) for name in USAGE_COLUMNS)),
        owes_wake=announced is not None and announced.wake,
    )
