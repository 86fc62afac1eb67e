"""``agent`` and ``agent.wait``: runs whose end a client waits for, without a thread that waits."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openclaw.domain.chat_commands import Command
from openclaw.domain.session_key import main_session_key, normalize_agent_id, parse_session_key
from openclaw.errors import InvalidRequest, Unavailable
from openclaw.intake.reading import Reading
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
    session_key_of,
    tell_session_changed,
)
from web.ws.methods.run_answer import RunAnswer
from web.ws.run_end import RunEnd
from web.ws.terminal import agent_result, error_text, waited_result, wire_status

DEFAULT_WAIT_MS = 30_000
#: A run's own deadline comes first; the client is told a little later if nobody could say how it ended.
DEADLINE_GRACE_SECONDS = 30.0
DEFAULT_TIMEOUT_SECONDS = 600
_UNSUPPORTED = ("internalEvents", "swarmOutputSchema", "replyTo", "to", "channel", "replyChannel")


class AgentParams(Params):
    message = Text(required=True, min_length=1)
    idempotencyKey = Text(required=True, min_length=1, max_length=512)
    agentId = Text(min_length=1)
    provider = Text()
    model = Text()
    to = Text()
    replyTo = Text()
    sessionId = Text()
    sessionKey = Text()
    expectedExistingSessionId = Text(min_length=1)
    thinking = Text()
    deliver = Flag()
    attachments = Listing()
    channel = Text()
    replyChannel = Text()
    accountId = Text()
    replyAccountId = Text()
    threadId = Text()
    groupId = Text()
    groupChannel = Text()
    groupSpace = Text()
    timeout = Whole()
    bestEffortDeliver = Flag()
    lane = Text()
    cwd = Text(min_length=1)
    cleanupBundleMcpOnRunEnd = Flag()
    modelRun = Flag()
    promptMode = Text()
    extraSystemPrompt = Text()
    bootstrapContextMode = Text()
    bootstrapContextRunKind = Text()
    internalEvents = Anything()
    inputProvenance = Anything()
    suppressPromptPersistence = Flag()
    sessionEffects = Text()
    sourceReplyDeliveryMode = Text()
    disableMessageTool = Flag()
    swarmCollector = Flag()
    swarmOutputSchema = Anything()
    forceRestartSafeTools = Flag()
    forceCodeModeTools = Flag()
    voiceWakeTrigger = Text()
    label = Text(min_length=1, max_length=512)
    suppressCommandInterpretation = Flag()


class AgentWaitParams(Params):
    runId = Text(required=True, min_length=1)
    timeoutMs = Whole()


def agent(call: Call) -> Any:
    params, services = call.params, call.gateway.services
    refuse_unsupported(params, _UNSUPPORTED)
    text = checked_text(params["message"])
    agent_id = normalize_agent_id(params["agentId"]) if params.get("agentId") else services.facts.default_agent.id
    if services.facts.agent(agent_id) is None:
        raise InvalidRequest(f'invalid agent params: unknown agent id "{params["agentId"]}"')
    key = session_key_of(call, params.get("sessionKey") or main_session_key(agent_id))
    reading = reading_of(call, text)
    if reading.commands:
        return _carry_out(call, key, reading.commands)
    answer_shortcuts(call, key, reading)
    return _send(call, key, reading)


def _carry_out(call: Call, key: str, commands: Sequence[Command]) -> Any:
    run_id = call.params["idempotencyKey"]
    said = answered(call, commands, key)
    if said is not None:
        return _completed(run_id, said)
    match commands[0]:
        case Command("stop"):
            abort(call, key, None)
            return LATER
        case Command("compact", hint):
            return _promise(call, key, compact(call, key, hint, run_id))
    fresh, first = fresh_of(call, commands[0])
    if first.text:
        return _send(call, key, first, fresh)
    begin_anew(call, key, fresh)
    return _completed(run_id)


def _completed(run_id: str, *said: str) -> dict[str, Any]:
    result = {"payloads": [{"text": text} for text in said]}
    return {"runId": run_id, "status": "ok", "summary": "completed", "result": result}


def _send(call: Call, key: str, reading: Reading, fresh: FreshStart | None = None) -> Any:
    params = call.params
    call.connection.started_run(params["idempotencyKey"])
    services = call.gateway.services
    media = keep_attachments(params.get("attachments"), services.files, call.gateway.clock())
    accepted = services.intake.submit_client_message(
        session_key=key,
        message=reading.text,
        idempotency_key=params["idempotencyKey"],
        agent_id=params.get("agentId"),
        options=_options(params),
        hints=reading.hints,
        fresh=fresh,
        media=media,
    )
    if fresh is not None:
        tell_session_changed(call, key, "reset")
    call.gateway.metrics.accepted("client")
    call.connection.started_run(accepted.run_id)
    return _promise(call, key, accepted)


def _promise(call: Call, key: str, accepted: Accepted) -> Any:
    """Answer that the run is accepted, and once more when it is over."""
    call.respond(
        {
            "runId": accepted.run_id,
            "sessionKey": key,
            "agentId": parse_session_key(key).agent_id,
            "status": "accepted",
            "acceptedAt": call.gateway.services.clock(),
        }
    )
    seconds = (call.params.get("timeout") or DEFAULT_TIMEOUT_SECONDS) + DEADLINE_GRACE_SECONDS
    RunAnswer(call, accepted.run_id, _finish_agent, seconds).wait(ask_database=accepted.duplicate)
    return LATER


def _options(params: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for wire, ours in (("thinking", "thinking"), ("extraSystemPrompt", "extra_system_prompt")):
        if params.get(wire):
            options[ours] = params[wire]
    if params.get("model"):
        provider, model = params.get("provider"), params["model"]
        options["model"] = f"{provider}/{model}" if provider and "/" not in model else model
    if params.get("timeout"):
        options["timeout_seconds"] = params["timeout"]
    if "deliver" in params:
        options["deliver"] = params["deliver"]
    return options


def _finish_agent(call: Call, run_id: str, end: RunEnd | None) -> None:
    if end is None:
        call.respond(
            {"runId": run_id, "status": "timeout", "summary": "timed out", "result": {"payloads": [], "meta": {}}}
        )
        return
    result = agent_result(end)
    if wire_status(end) == "error":
        call.fail(Unavailable(error_text(end)), result)
    else:
        call.respond(result)


def agent_wait(call: Call) -> Any:
    run_id = call.params["runId"]
    seconds = call.params.get("timeoutMs", DEFAULT_WAIT_MS) / 1000
    RunAnswer(call, run_id, _finish_wait, seconds).wait(ask_database=True)
    return LATER


def _finish_wait(call: Call, run_id: str, end: RunEnd | None) -> None:
    call.respond(waited_result(end) if end is not None else {"runId": run_id, "status": "timeout"})


METHODS = (
    Method("agent", AgentParams(), agent),
    Method("agent.wait", AgentWaitParams(), agent_wait),
)
