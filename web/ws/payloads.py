"""The payloads of one run's ``chat`` and ``agent`` events, and the counter that both share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.domain.events import RunRef
from web.ws.run_text import Delta

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Emission:
    """One event for clients."""

    event: str
    payload: Payload
    #: The same delta for a client that has not seen the text before it; set for text deltas only.
    replacing: Callable[[], Payload] | None = None
    #: Which text of the run a delta belongs to: an item's, or that of all items joined.
    item: str = ""
    #: The connection capability that it takes, if any.
    capability: str = ""


@dataclass(slots=True)
class RunPayloads:
    """Builds a run's payloads. The counter rises with every ``agent`` event; ``chat`` events share the current one."""

    run: RunRef
    session_uuid: str = ""
    counter: int = 0

    def agent(self, stream: str, data: Payload, at_ms: int, *, capability: str = "", count: bool = True) -> Emission:
        self.counter += count
        return Emission("agent", self._agent(stream, data, at_ms), capability=capability)

    def lifecycle(self, data: Payload, at_ms: int, *, count: bool = True) -> Emission:
        emission = self.agent("lifecycle", data, at_ms, count=count)
        if self.session_uuid:
            emission.payload["sessionId"] = self.session_uuid
        return emission

    def operation(self, name: str, phase: str, reason: str, facts: Payload, at_ms: int) -> Emission:
        """Something that is done to the session itself, for those who follow it."""
        payload: Payload = {
            "operationId": f"{self.run.run_id}:{name}",
            "operation": name,
            "phase": phase,
            "sessionKey": self.run.session_key,
            "agentId": self.run.agent_id,
            "ts": at_ms,
            "reason": reason,
        }
        return Emission("session.operation", payload | facts)

    def agent_text(self, item: str, delta: Delta, at_ms: int, *, count: bool = True) -> Emission:
        self.counter += count
        plain: Payload = {"text": delta.text, "delta": delta.delta, "itemId": item}
        whole = plain | {"delta": delta.text, "replace": True}
        payload = self._agent("assistant", whole if delta.replace else plain, at_ms)
        return Emission("agent", payload, replacing=lambda: payload | {"data": whole}, item=item)

    def chat(self, state: str, facts: Payload, *, run_id: str = "") -> Emission:
        """A ``chat`` event; ``run_id`` names another run that shares this one's fate."""
        payload: Payload = {
            "runId": run_id or self.run.run_id,
            "sessionKey": self.run.session_key,
            "agentId": self.run.agent_id,
            "seq": self.counter,
            "state": state,
        }
        return Emission("chat", payload | facts)

    def chat_text(self, delta: Delta, at_ms: int) -> Emission:
        facts: Payload = {"deltaText": delta.delta, "message": assistant_message(delta.text, at_ms)}
        payload = self.chat("delta", facts | ({"replace": True} if delta.replace else {})).payload
        return Emission("chat", payload, replacing=lambda: payload | {"deltaText": delta.text, "replace": True})

    def _agent(self, stream: str, data: Payload, at_ms: int) -> Payload:
        return {
            "runId": self.run.run_id,
            "stream": stream,
            "data": data,
            "sessionKey": self.run.session_key,
            "agentId": self.run.agent_id,
            "seq": self.counter,
            "ts": at_ms,
            "isHeartbeat": False,
        }


def assistant_message(text: str, at_ms: int) -> Payload:
    return {"role": "assistant", "content": [{"type": "text", "text": text}], "timestamp": at_ms}
