"""``exec.approval.*``: what agents want to run, and who decides."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import uuid
from typing import Any

from openclaw.domain.approvals import Approval, ApprovalState
from openclaw.intake.approval_desk import request_payload
from web.validation import Anything, Flag, Listing, Params, Text, Whole
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.message import session_key_of
from web.ws.timekeeper import Timer

#: How long a caller is kept waiting for a decision, in seconds, unless he says less.
WAIT_SECONDS = 1800.0


class OneApproval(Params):
    id = Text(required=True, min_length=1)


class RequestParams(Params):
    id = Text(min_length=1)
    command = Text(required=True, min_length=1)
    commandArgv = Listing()
    cwd = Text(nullable=True)
    host = Text(nullable=True)
    agentId = Text(nullable=True)
    sessionKey = Text(nullable=True)
    timeoutMs = Whole(minimum=1)
    twoPhase = Flag()


class ResolveParams(Params):
    id = Text(required=True, min_length=1)
    decision = Text(required=True, min_length=1)
    reviewer = Anything()


class WaitParams(Params):
    id = Text(required=True, min_length=1)
    timeoutMs = Whole(minimum=1)


class NoParams(Params):
    pass


def approval_list(call: Call) -> Any:
    return [request_payload(each) for each in call.gateway.services.approvals.pending()]


def approval_get(call: Call) -> Any:
    found = call.gateway.services.approvals.find(call.params["id"])
    return {
        **request_payload(found),
        "commandText": found.command,
        "host": found.host,
        "agentId": found.agent_id,
        "allowedDecisions": [decision.value for decision in found.decisions],
        "state": found.state.value,
        "decision": found.decision.value if found.decision else None,
        "resolvedBy": found.decided_by or None,
    }


def approval_request(call: Call) -> Any:
    """A client's own request: it waits for the decision itself."""
    params, services = call.params, call.gateway.services
    now = services.clock()
    agent_id = params.get("agentId") or services.facts.default_agent.id
    approval_id = params.get("id") or str(uuid.uuid4())
    stored = services.approvals.request(
        Approval(
            id=approval_id,
            wait_id="",
            run_id="",
            session_key=session_key_of(call, params["sessionKey"]) if params.get("sessionKey") else "",
            agent_id=agent_id,
            command=params["command"],
            cwd=params.get("cwd") or "",
            host=params.get("host") or "gateway",
            created_at_ms=now,
            expires_at_ms=now + (params.get("timeoutMs") or int(WAIT_SECONDS * 1000)),
        )
    )
    if params.get("twoPhase"):
        return {"status": "accepted", **_decision(stored)}
    return _when_decided(call, stored)


def approval_wait(call: Call) -> Any:
    return _when_decided(call, call.gateway.services.approvals.find(call.params["id"]))


def approval_resolve(call: Call) -> Any:
    params = call.params
    admission = call.connection.admission
    by = admission.device_id or str(admission.client.get("id", ""))
    approval, mine = call.gateway.services.approvals.decide(params["id"], params["decision"], by)
    return {"ok": True, "applied": mine, **_decision(approval)}


def _when_decided(call: Call, approval: Approval) -> Any:
    seconds = min(WAIT_SECONDS, (call.params.get("timeoutMs") or WAIT_SECONDS * 1000) / 1000)
    _Decided(call, approval.id).wait(seconds)
    return LATER


class _Decided:
    """Responds exactly once: when the request has ended, or when the time is over."""

    def __init__(self, call: Call, approval_id: str) -> None:
        self._call = call
        self._id = approval_id
        self._timer: Timer | None = None

    def wait(self, seconds: float) -> None:
        gateway = self._call.gateway
        self._leave = gateway.approvals.wait(self._id, self._respond)
        # It may have ended before anyone listened.
        if gateway.services.approvals.find(self._id).state is not ApprovalState.PENDING:
            self.late()
            return
        self._call.connection.keep(self)
        self._timer = gateway.timekeeper.after(seconds, self.late)

    def late(self) -> None:
        if self._leave():
            self._respond()

    def cancel(self) -> None:
        """The connection has ended."""
        self._leave()
        if self._timer is not None:
            self._timer.cancel()

    def _respond(self) -> None:
        self._call.connection.release(self)
        if self._timer is not None:
            self._timer.cancel()
        gateway = self._call.gateway
        self._call.answer_from(gateway.background.put, self._decision)

    def _decision(self) -> dict[str, Any]:
        return _decision(self._call.gateway.services.approvals.find(self._id))


def _decision(approval: Approval) -> dict[str, Any]:
    return {
        "id": approval.id,
        "decision": approval.decision.value if approval.decision else None,
        "state": approval.state.value,
        "createdAtMs": approval.created_at_ms,
        "expiresAtMs": approval.expires_at_ms,
    }


METHODS = (
    Method("exec.approval.list", NoParams(), approval_list),
    Method("exec.approval.get", OneApproval(), approval_get),
    Method("exec.approval.request", RequestParams(), approval_request),
    Method("exec.approval.waitDecision", WaitParams(), approval_wait),
    Method("exec.approval.resolve", ResolveParams(), approval_resolve),
)
