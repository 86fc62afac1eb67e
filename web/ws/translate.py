"""From a run's stream to the ``chat`` and ``agent`` events that clients know. Pure: no I/O, no clock.

One translator per run keeps what the protocol wants in every event. Feeding it the same stream from the start gives
the same counters in every gateway process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.domain.run import RunStatus, Usage
from web.ws.payloads import Emission, RunPayloads, assistant_message
from web.ws.run_end import RunEnd
from web.ws.run_text import Delta, RunText
from web.ws.terminal import error_detail, error_kind, error_text, terminal_facts
from web.ws.tool_payloads import TOOL_EVENTS, ToolCall


@dataclass(slots=True)
class RunTranslator:
    """The state of one run's translation."""

    run: RunRef
    started_at_ms: int = 0
    #: Set once the run is over.
    end: RunEnd | None = None
    merged_run_ids: tuple[str, ...] = ()
    _model: tuple[str, str] = ("", "")
    _text: RunText = field(default_factory=RunText)
    _calls: dict[str, ToolCall] = field(default_factory=dict)
    _payloads: RunPayloads = field(init=False)

    def __post_init__(self) -> None:
        self._payloads = RunPayloads(self.run)

    def take(self, event: RunEvent, now_ms: int) -> list[Emission]:
        """Translate one event; nothing follows the end."""
        return [] if self.end is not None else list(self._take(event, now_ms))

    def _take(self, event: RunEvent, now_ms: int) -> Iterable[Emission]:
        data, at_ms = event.data, event.at_ms
        match event.kind:
            case EventKind.STATUS:
                return self._status(str(data["phase"]), at_ms)
            case EventKind.START:
                return self._start(data, at_ms)
            case EventKind.MODEL:
                return self._model_call(data, at_ms)
            case EventKind.TEXT:
                return self._new_text(data, at_ms, now_ms)
            case EventKind.USAGE:
                return (self._payloads.agent("usage", {"outputTokens": int(data.get("output_tokens", 0))}, at_ms),)
            case EventKind.TOOL_START:
                return self._tool_start(data, at_ms)
            case EventKind.TOOL_END:
                return self._tool_end(data, at_ms)
            case EventKind.COMPACTION:
                return self._compaction(data, at_ms)
            case EventKind.STEERED:
                return [self._payloads.chat("final", {}, run_id=str(run_id)) for run_id in data.get("run_ids", ())]
            case EventKind.END:
                return self._over(data, at_ms, now_ms)

    @property
    def held(self) -> bool:
        """Whether text waits for the next chat delta."""
        return self.end is None and self._text.held

    def flush(self, now_ms: int) -> list[Emission]:
        """Send the text that was held back."""
        return [self._payloads.chat_text(self._text.chat_delta(now_ms), now_ms)] if self.held else []

    def snapshot(self, now_ms: int) -> list[Emission]:
        """The text so far, for a client that comes while the run goes on."""
        if self.end is not None or not self._text.whole:
            return []
        current, whole = (Delta(text, text, replace=True) for text in (self._text.current, self._text.whole))
        return [
            self._payloads.agent_text(self._text.item, current, now_ms, count=False),
            self._payloads.chat_text(whole, now_ms),
        ]

    # --- while it goes on -------------------------------------------------------------------------------------

    def _status(self, phase: str, at_ms: int) -> Iterator[Emission]:
        agent = self._payloads.agent("run_status", {"phase": phase}, at_ms)
        yield self._payloads.chat("status", {"phase": phase})
        yield agent

    def _start(self, data: dict[str, Any], at_ms: int) -> Iterator[Emission]:
        self.started_at_ms = int(data.get("started_at_ms") or at_ms)
        self.merged_run_ids = tuple(data.get("merged_run_ids") or ())
        self._payloads.session_uuid = str(data.get("session_id") or "")
        yield self._payloads.lifecycle({"phase": "start", "startedAt": self.started_at_ms}, at_ms)

    def _model_call(self, data: dict[str, Any], at_ms: int) -> Iterator[Emission]:
        # That a call is over is told once, with the end of the run.
        if data.get("model"):
            self._model = (str(data.get("provider") or ""), str(data["model"]))
            facts = {"phase": "model", "provider": self._model[0], "model": self._model[1]}
            yield self._payloads.lifecycle(facts, at_ms)

    def _new_text(self, data: dict[str, Any], at_ms: int, now_ms: int) -> Iterator[Emission]:
        self._text.take(data)
        delta = self._text.agent_delta()
        if delta is not None:
            yield self._payloads.agent_text(self._text.item, delta, at_ms)
        if self._text.due(now_ms):
            yield from self.flush(now_ms)

    def _tool_start(self, data: dict[str, Any], at_ms: int) -> Iterator[Emission]:
        call = ToolCall.from_start(data, at_ms)
        self._calls[call.id] = call
        yield self._payloads.agent("item", call.item("start", "running"), at_ms, capability=TOOL_EVENTS)
        yield self._payloads.agent("tool", call.started(), at_ms, capability=TOOL_EVENTS)

    def _tool_end(self, data: dict[str, Any], at_ms: int) -> Iterator[Emission]:
        started_at_ms = int(data.get("started_at_ms") or at_ms)
        call = self._calls.get(str(data["call_id"])) or ToolCall.from_start(data, started_at_ms)
        failed = bool(data.get("is_error"))
        result = call.result(str(data.get("text", "")), is_error=failed)
        yield self._payloads.agent("tool", result, at_ms, capability=TOOL_EVENTS)
        item = call.item("end", "failed" if failed else "completed", endedAt=at_ms)
        yield self._payloads.agent("item", item, at_ms, capability=TOOL_EVENTS)

    def _compaction(self, data: dict[str, Any], at_ms: int) -> Iterator[Emission]:
        phase, reason = str(data["phase"]), str(data["reason"])
        over = {"completed": bool(data.get("completed"))} if phase == "end" else {}
        yield self._payloads.agent("compaction", {"phase": phase, "reason": reason, **over}, at_ms)
        yield self._payloads.operation("compact", phase, reason, over, at_ms)

    # --- the end ----------------------------------------------------------------------------------------------

    def _over(self, data: dict[str, Any], at_ms: int, now_ms: int) -> Iterator[Emission]:
        end = self._read_end(data, at_ms)
        self.started_at_ms = end.started_at_ms
        match end.status:
            case RunStatus.SUCCEEDED:
                yield from self._succeeded(end, at_ms, now_ms)
                guests = self._guests(end, "final", {})
            case RunStatus.ABORTED:
                yield from self._aborted(end, at_ms)
                guests = self._guests(end, "aborted", {"stopReason": end.stop_reason})
            case _:
                yield from self._failed(end, at_ms)
                guests = self._guests(end, "error", {"errorMessage": error_text(end)})
        yield from guests
        self.end = end

    def _read_end(self, data: dict[str, Any], at_ms: int) -> RunEnd:
        merged = dict.fromkeys((*self.merged_run_ids, *(data.get("merged_run_ids") or ())))
        merged.pop(self.run.run_id, None)
        status = RunStatus(data["status"])
        return RunEnd(
            run_id=self.run.run_id,
            status=status,
            session_key=self.run.session_key,
            session_uuid=self._payloads.session_uuid,
            agent_id=self.run.agent_id,
            stop_reason=str(data.get("stop_reason") or "stop"),
            text=str(data.get("text") or ""),
            error=str(data.get("error") or ""),
            error_kind=str(data.get("error_kind") or ""),
            provider=str(data.get("provider") or self._model[0]),
            model=str(data.get("model") or self._model[1]),
            usage=Usage.from_json(data.get("usage")),
            started_at_ms=self.started_at_ms or int(data.get("started_at_ms") or at_ms),
            ended_at_ms=int(data.get("ended_at_ms") or at_ms),
            tools=tuple(call.name for call in self._calls.values()),
            merged_run_ids=tuple(merged),
        )

    def _guests(self, end: RunEnd, state: str, facts: dict[str, Any]) -> Iterator[Emission]:
        return (self._payloads.chat(state, facts, run_id=run_id) for run_id in end.merged_run_ids)

    def _succeeded(self, end: RunEnd, at_ms: int, now_ms: int) -> Iterator[Emission]:
        facts = {"stopReason": end.stop_reason, "aborted": False, "livenessState": "working"}
        yield self._payloads.lifecycle({"phase": "finishing", **facts, "endedAt": end.ended_at_ms}, at_ms)
        yield from self._model_over(at_ms)
        over = {"phase": "end", **facts, **_times(end), "replayInvalid": False, **terminal_facts(end)}
        yield self._payloads.lifecycle({**over, "executionSettled": True}, at_ms)
        text = end.text.rstrip()
        self._text.complete(text)
        yield from self.flush(now_ms)
        message = {"message": assistant_message(text, now_ms)} if text else {}
        yield self._payloads.chat("final", {"stopReason": end.stop_reason, **message})

    def _aborted(self, end: RunEnd, at_ms: int) -> Iterator[Emission]:
        partial = end.text.rstrip() or self._text.whole
        self._payloads.counter += 1
        message = {"message": assistant_message(partial, end.ended_at_ms)} if partial else {}
        yield self._payloads.chat("aborted", {"stopReason": end.stop_reason, **message})
        over = {"phase": "end", "status": "cancelled", "aborted": True, "stopReason": end.stop_reason, **_times(end)}
        yield self._payloads.lifecycle(over, at_ms, count=False)
        yield from self._model_over(at_ms)
        failed = {"phase": "error", **_times(end), "error": "This operation was aborted", "aborted": True}
        yield self._payloads.lifecycle({**failed, "stopReason": "aborted", "executionSettled": True}, at_ms)

    def _failed(self, end: RunEnd, at_ms: int) -> Iterator[Emission]:
        message, detail = error_text(end), error_detail(end)
        facts = {"error": message, "errorObservation": detail, "aborted": False, "livenessState": "blocked"}
        yield self._payloads.lifecycle({"phase": "finishing", **facts, "endedAt": end.ended_at_ms}, at_ms)
        yield from self._model_over(at_ms)
        yield self._payloads.lifecycle({"phase": "error", **facts, **_times(end), "executionSettled": True}, at_ms)
        kind = error_kind(end.error_kind)
        yield self._payloads.chat("error", {"errorMessage": message, "errorKind": kind, "errorDetail": detail})

    def _model_over(self, at_ms: int) -> Iterator[Emission]:
        if self._model[1]:
            yield self._payloads.lifecycle({"phase": "model", "provider": None, "model": None}, at_ms)


def _times(end: RunEnd) -> dict[str, int]:
    return {"startedAt": end.started_at_ms, "endedAt": end.ended_at_ms}


def ended_elsewhere(run_id: str, session_key: str, agent_id: str, reason: str) -> Emission:
    """A message that ended before it became a turn: dropped, or aborted while it was queued."""
    ref = RunRef(run_id, 0, session_key, agent_id, 0)
    return RunPayloads(ref, counter=1).chat("aborted", {"stopReason": reason})
