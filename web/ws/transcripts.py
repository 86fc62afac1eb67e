"""Stored messages and sessions as clients see them."""

from __future__ import annotations

from typing import Any

from openclaw.domain.dials import DIALS
from openclaw.domain.speech import read_tags
from openclaw.domain.transcript import (
    Block,
    ImageBlock,
    MediaBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
)
from openclaw.ports.store import SessionView, TranscriptEntry

_STOP_REASONS = {"tool_calls": "toolUse"}


def wire_message(entry: TranscriptEntry, max_chars: int = 0) -> dict[str, Any]:
    """One transcript row; texts are cut to ``max_chars`` when that is not 0."""
    facts = entry.facts
    about: dict[str, Any] = {
        "id": entry.id,
        "seq": entry.seq,
        "recordTimestampMs": entry.created_at_ms,
        **({"runId": entry.run_id} if entry.run_id else {}),
    }
    message: dict[str, Any] = {"role": entry.message.role, "timestamp": entry.created_at_ms, "__openclaw": about}
    match entry.message.role:
        case "compaction":
            about["kind"] = "compaction"
            message |= {"role": "system", "content": [{"type": "text", "text": "Compaction"}]}
        case "user":
            key = facts.get("idempotencyKey") or entry.run_id
            sender = facts.get("sender") or {}
            if sender.get("name"):
                message["senderLabel"] = sender["name"]
            message["content"] = shortened(entry.message.text, max_chars)
            if key:
                message["idempotencyKey"] = about["idempotencyKey"] = f"{key}:user"
        case "assistant":
            message["content"] = [_wire_block(_as_said(block), max_chars) for block in entry.message.blocks]
            message |= _model_facts(facts)
        case "tool":
            results = [block for block in entry.message.blocks if isinstance(block, ToolResultBlock)]
            message["role"] = "toolResult"
            message["content"] = [{"type": "text", "text": shortened(result.text, max_chars)} for result in results]
            message["isError"] = any(result.is_error for result in results)
            if results:
                message |= {"toolCallId": results[0].call_id, "toolName": results[0].name}
    return message


def _model_facts(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: facts[name] for name in ("api", "provider", "model") if facts.get(name)}
    usage = facts.get("usage")
    if isinstance(usage, dict):
        found["usage"] = {**usage, "totalTokens": int(usage.get("input", 0)) + int(usage.get("output", 0))}
    stop = facts.get("stopReason") or facts.get("stop_reason")
    if stop:
        found["stopReason"] = _STOP_REASONS.get(str(stop), str(stop))
    return found


def _as_said(block: Block) -> Block:
    """The assistant's words without the tags that only say how they are spoken."""
    return TextBlock(read_tags(block.text).text) if isinstance(block, TextBlock) else block


def _wire_block(block: Block, max_chars: int) -> dict[str, Any]:
    match block:
        case TextBlock(text):
            return {"type": "text", "text": shortened(text, max_chars)}
        case ThinkingBlock(text, _):
            return {"type": "thinking", "thinking": shortened(text, max_chars)}
        case ToolCallBlock(call_id, name, arguments, _):
            return {"type": "toolCall", "id": call_id, "name": name, "arguments": arguments or {}}
        case ToolResultBlock(_, _, text, _):
            return {"type": "text", "text": shortened(text, max_chars)}
        case MediaBlock(id_, mime, name):
            return {"type": "media", "id": id_, "mimeType": mime, "fileName": name}
        case ImageBlock():
            raise TypeError("a picture stands in requests only")


def shortened(text: str, max_chars: int) -> str:
    """The text, or its beginning with an ellipsis; 0 for no limit."""
    return text if not max_chars or len(text) <= max_chars else text[: max_chars - 1] + "…"


#: How operators file a session; kept among its settings under the wire's names.
FILING = ("category", "icon", "color", "statusNote")


def session_row(view: SessionView, queue_mode: str) -> dict[str, Any]:
    """One row of the session list."""
    chosen = str(view.settings.get("model") or "")
    provider, slash, model = (chosen or view.model).partition("/")
    usage = view.usage
    active = [view.active_run_id] if view.active_run_id else []
    filed = {name: view.settings[name] for name in FILING if view.settings.get(name)}
    filed |= {dial.wire: view.settings[dial.key] for dial in DIALS if view.settings.get(dial.key)}
    if chosen:
        filed |= {"providerOverride": provider, "modelOverride": model}
    if view.parent_key:
        filed |= {"parentSessionKey": view.parent_key, "spawnedBy": view.parent_key}
    return {
        **filed,
        "label": view.label or None,
        "archived": view.archived,
        "pinned": view.pinned,
        "key": view.session_key,
        "sessionId": view.session_uuid,
        "agentId": view.agent_id,
        "kind": view.kind if view.kind in {"direct", "group", "global"} else "unknown",
        "channel": view.channel or None,
        "displayName": view.display_name or None,
        "createdAt": view.created_at_ms,
        "updatedAt": view.updated_at_ms,
        "status": "running" if active else "done",
        "hasActiveRun": bool(active),
        "activeRunIds": active,
        "pending": view.pending,
        "effectiveQueueMode": str(view.settings.get("queue_mode") or queue_mode),
        "modelProvider": provider if slash else None,
        "model": (model if slash else view.model) or None,
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
    }
