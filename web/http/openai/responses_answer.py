"""A response object, as it stands at any moment of its run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.run import StopReason
from openclaw.domain.transcript import ToolCallBlock
from web.http.openai.errors import TOO_MANY, ApiError
from web.http.openai.follow import FollowedRun, Outcome
from web.http.openai.script import arguments_text
from web.http.openai.usage import responses_usage

PREFIX = "resp_"
#: Fields of a request that its response repeats.
REPEATED = ("instructions", "tools", "tool_choice", "max_output_tokens", "previous_response_id", "metadata", "user")
_INCOMPLETE = {StopReason.LENGTH.value: "max_output_tokens", StopReason.REFUSAL.value: "content_filter"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """What every form of one response has in common."""

    run: FollowedRun
    #: Fields of the request that a response repeats.
    repeated: Json = field(default_factory=dict)

    @property
    def message_id(self) -> str:
        return f"msg_{self.run.run_id.removeprefix(PREFIX)}"

    def begun(self) -> Json:
        return self._response("in_progress")

    def ended(self, outcome: Outcome) -> Json:
        """Completed, or incomplete when the model was cut off."""
        reason = _INCOMPLETE.get(outcome.stop_reason)
        status = "incomplete" if reason else "completed"
        return self._response(
            status,
            output=self.output(outcome),
            incomplete_details={"reason": reason} if reason else None,
            usage=responses_usage(outcome.usage),
            **({} if reason else {"completed_at": self.run.gateway.clock() // 1000}),
        )

    def failed(self, error: ApiError) -> Json:
        code = "rate_limit_exceeded" if error.status == TOO_MANY else "server_error"
        return self._response("failed", error={"code": code, "message": str(error)})

    def output(self, outcome: Outcome) -> list[Json]:
        """The items in their order: the text, then the calls. A run that said nothing has an empty message."""
        items = []
        if outcome.text or not outcome.calls:
            status = "incomplete" if outcome.stop_reason in _INCOMPLETE else "completed"
            items.append(self.message(outcome.text, status))
        return [*items, *(self.function_call(index, call) for index, call in enumerate(outcome.calls))]

    def message(self, text: str, status: str) -> Json:
        content = [text_part(text)] if status != "in_progress" else []
        return {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def function_call(self, index: int, call: ToolCallBlock, *, begun: bool = False) -> Json:
        """A call; one that has just begun has no arguments yet."""
        return {
            "id": f"fc_{self.run.run_id.removeprefix(PREFIX)}_{index}",
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": "" if begun else arguments_text(call),
            "status": "in_progress" if begun else "completed",
        }

    def _response(self, status: str, **facts: Any) -> Json:
        run = self.run
        return {
            "id": run.run_id,
            "object": "response",
            "created_at": run.created_at,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": run.asked.model,
            "output": [],
            "parallel_tool_calls": run.asked.tools.choice.parallel,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
            **self.repeated,
            **facts,
        }


def text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
