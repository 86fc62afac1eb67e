"""What is said about a run that is over, the same in events and in answers to those who waited."""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import RunStatus
from web.ws.run_end import RunEnd

#: Our reasons for a provider's failure in the protocol's words; others are ``unknown``.
_ERROR_KINDS = {"rate_limit": "rate_limit", "timeout": "timeout", "context_overflow": "context_length"}
_FAILOVER_REASONS = {"bad_request": "format", "context_overflow": "context_length"}


def error_kind(kind: str) -> str:
    return _ERROR_KINDS.get(kind, "unknown")


def error_detail(end: RunEnd) -> dict[str, str]:
    """Which model failed and why, as far as is known."""
    reason = _FAILOVER_REASONS.get(end.error_kind, end.error_kind)
    detail = {"provider": end.provider, "model": end.model, "failoverReason": reason}
    return {key: value for key, value in detail.items() if value}


def terminal_facts(end: RunEnd) -> dict[str, Any]:
    """``terminalReply`` and ``terminalReceipt`` of a run that answered."""
    text = end.text.rstrip()
    disposition = "visible" if text else "silent"
    model = {"provider": end.provider, "model": end.model}
    return {
        "terminalReply": {"disposition": disposition, "text": text},
        "terminalReceipt": {
            "runId": end.run_id,
            "sessionId": end.session_uuid,
            "turnId": end.run_id,
            "requested": model,
            "effective": {**model, "responseModel": end.model},
            "successfulToolNames": list(dict.fromkeys(end.tools)),
            "rerouted": False,
            "terminalDisposition": disposition,
        },
    }


def wire_status(end: RunEnd) -> str:
    """``ok``, ``error`` or ``timeout`` for those who waited for a run."""
    if end.status is RunStatus.SUCCEEDED:
        return "ok"
    return "timeout" if end.error_kind == "timeout" else "error"


def error_text(end: RunEnd) -> str:
    """Why a run did not succeed, in one line."""
    if end.status is RunStatus.ABORTED:
        return f"the run was aborted: {end.stop_reason or 'rpc'}"
    return end.error or "the run failed"


def waited_result(end: RunEnd) -> dict[str, Any]:
    """The answer to ``agent.wait``."""
    result: dict[str, Any] = {
        "runId": end.run_id,
        "status": wire_status(end),
        "startedAt": end.started_at_ms,
        "endedAt": end.ended_at_ms,
        "stopReason": end.stop_reason or "stop",
    }
    if end.status is RunStatus.SUCCEEDED:
        return {**result, "livenessState": "working", **terminal_facts(end)}
    return {**result, "livenessState": "blocked", "aborted": end.status is RunStatus.ABORTED, "error": error_text(end)}


def agent_result(end: RunEnd) -> dict[str, Any]:
    """The second answer to ``agent``."""
    usage = end.usage
    total = usage.input_tokens + usage.output_tokens
    text = end.text.rstrip()
    return {
        "runId": end.run_id,
        "status": wire_status(end),
        "summary": "completed" if end.status is RunStatus.SUCCEEDED else error_text(end),
        "result": {
            "payloads": [{"text": text, "mediaUrl": None}] if text else [],
            "meta": {
                "durationMs": max(0, end.ended_at_ms - end.started_at_ms),
                "agentMeta": {
                    "sessionId": end.session_uuid,
                    "provider": end.provider,
                    "model": end.model,
                    "usage": {**usage.to_json(), "total": total},
                },
                "aborted": end.status is RunStatus.ABORTED,
                "stopReason": end.stop_reason or "stop",
            },
        },
    }
