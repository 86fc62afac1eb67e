"""``chat.send`` and ``chat.abort``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openclaw.domain.chat_commands import Command
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import Disposition, RunStatus
from openclaw.intake.accept import NEW_CONVERSATION
from openclaw.intake.reading import NO_HINTS, Hints
from openclaw.ports.store import Accepted, FreshStart
from web.validation import Anything, Flag, Listing, Params, Text, Whole
from web.ws.attachments import keep_attachments
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.message import (
    abort,
    answer_shortcuts,
    answered,
    begin_anew,
    checked_text,
    compact,
    fresh_of,
    reading_of,
    refuse_unsupported,
    say_back,
    session_key_of,
    tell_session_changed,
)

_UNSUPPORTED = (
    "intent",
    "toolBindings",
    "expectedLeafEntryId",
    "expectedPermissionMode",
    "expectedToolOverrides",
    "expectedSessionRoutingContract",
)
_FAILED = frozenset({RunStatus.FAILED, RunStatus.INTERRUPTED})


class ChatSendParams(Params):
    sessionKey = Text(required=True, min_length=1, max_length=512)
    message = Text(required=True)
    idempotencyKey = Text(required=True, min_length=1, max_length=512)
    agentId = Text(min_length=1)
    sessionId = Text(min_length=1)
    intent = Anything()
    thinking = Text()
    fastMode = Anything()
    fastAutoOnSeconds = Whole(minimum=1)
    queueMode = Text(one_of=tuple(mode.value for mode in QueueMode))
    deliver = Flag()
    originatingChannel = Text()
    originatingTo = Text()
    originatingAccountId = Text()
    originatingThreadId = Text()
    replyToId = Text(min_length=1)
    attachments = Listing()
    toolBindings = Anything()
    timeoutMs = Whole()
    systemInputProvenance = Anything()
    systemProvenanceReceipt = Text()
    suppressCommandInterpretation = Flag()
    expectedLeafEntryId = Anything()
    expectedSessionRoutingContract = Anything()
    expectedPermissionMode = Anything()
    expectedToolOverrides = Anything()


class ChatAbortParams(Params):
    sessionKey = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    runId = Text(min_length=1)
    preserveSideRuns = Flag()


def chat_send(call: Call) -> Any:
    params = call.params
    refuse_unsupported(params, _UNSUPPORTED)
    text = checked_text(params["message"])
    key = session_key_of(call, params["sessionKey"])
    reading = reading_of(call, text)
    if reading.commands:
        return _carry_out(call, key, reading.commands)
    answer_shortcuts(call, key, reading)
    return send_message(call, key, reading.text, params["idempotencyKey"], reading.hints)


def _carry_out(call: Call, key: str, commands: Sequence[Command]) -> Any:
    run_id = call.params["idempotencyKey"]
    said = answered(call, commands, key)
    if said is not None:
        call.respond({"runId": run_id, "status": "ok", "summary": said})
        say_back(call, key, run_id, said)
        return LATER
    match commands[0]:
        case Command("stop"):
            abort(call, key, None)
            return LATER
        case Command("compact", hint):
            accepted = compact(call, key, hint, run_id)
            return {"runId": accepted.run_id, "status": _status(accepted)}
    fresh, first = fresh_of(call, commands[0])
    if not first.text:
        begin_anew(call, key, fresh)
        call.respond({"runId": run_id, "status": "ok"})
        say_back(call, key, run_id, NEW_CONVERSATION)
        return LATER
    answer = send_message(call, key, first.text, run_id, first.hints, fresh)
    tell_session_changed(call, key, "reset")
    return answer


def send_message(
    call: Call,
    session_key: str,
    text: str,
    idempotency_key: str,
    hints: Hints = NO_HINTS,
    fresh: FreshStart | None = None,
) -> dict[str, Any]:
    """Make a message of this client durable and answer how it stands; options are taken from the call's params."""
    params = call.params
    # From now on the run's events are this client's own, also those that come before the answer does.
    call.connection.started_run(idempotency_key)
    mode = params.get("queueMode")
    services = call.gateway.services
    media = keep_attachments(params.get("attachments"), services.files, call.gateway.clock())
    accepted = services.intake.submit_client_message(
        session_key=session_key,
        message=text,
        idempotency_key=idempotency_key,
        agent_id=params.get("agentId"),
        mode=QueueMode(mode) if mode else None,
        options=_options(params),
        hints=hints,
        fresh=fresh,
        media=media,
    )
    call.gateway.metrics.accepted("client")
    call.connection.started_run(accepted.run_id)
    answer: dict[str, Any] = {"runId": accepted.run_id, "status": _status(accepted)}
    if accepted.interrupts is not None:
        answer["interruptedActiveRun"] = True
    return answer


def _options(params: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if params.get("thinking"):
        options["thinking"] = params["thinking"]
    if params.get("timeoutMs"):
        options["timeout_seconds"] = params["timeoutMs"] / 1000
    if "deliver" in params:
        options["deliver"] = params["deliver"]
    return options


def _status(accepted: Accepted) -> str:
    if accepted.run_status is not None and accepted.run_status.is_final:
        return "error" if accepted.run_status in _FAILED else "ok"
    if accepted.disposition in {Disposition.DROPPED, Disposition.REJECTED}:
        return "dropped"
    if accepted.duplicate:
        return "ok" if accepted.disposition is Disposition.ABORTED else "in_flight"
    return "started"


def chat_abort(call: Call) -> Any:
    abort(call, session_key_of(call, call.params["sessionKey"]), call.params.get("runId"))
    return LATER


METHODS = (
    Method("chat.send", ChatSendParams(), chat_send),
    Method("chat.abort", ChatAbortParams(), chat_abort),
)
