"""A chat completion, whole and as a stream of chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openclaw.domain.run import StopReason
from openclaw.domain.transcript import ToolCallBlock
from web.http.openai.errors import ApiError
from web.http.openai.follow import ClientGone, FollowedRun, KeepAlive, NewText, Outcome
from web.http.openai.script import arguments_text
from web.http.openai.sse import DONE, SILENCE, event
from web.http.openai.usage import chat_usage

PREFIX = "chatcmpl-"
_FINISH = {StopReason.LENGTH.value: "length", StopReason.REFUSAL.value: "content_filter"}

Json = dict[str, Any]


def completion(run: FollowedRun, outcome: Outcome) -> Json:
    """The whole answer."""
    message: Json = {"role": "assistant", "content": outcome.text or None, "refusal": None}
    if outcome.calls:
        message["tool_calls"] = [_call(call) for call in outcome.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(outcome)}
    return {**_head(run, "chat.completion"), "choices": [choice], "usage": chat_usage(outcome.usage)}


def stream(run: FollowedRun, *, include_usage: bool) -> Iterator[bytes]:
    """The answer as it comes."""
    writer = _ChunkWriter(run, include_usage=include_usage)
    try:
        yield writer.chunk({"role": "assistant", "content": "", "refusal": None})
        for piece in run.pieces():
            match piece:
                case NewText(text):
                    yield writer.chunk({"content": text})
                case Outcome():
                    yield from writer.ending(piece)
                case KeepAlive():
                    yield SILENCE
    except ApiError as error:
        yield event(error.body())
    except ClientGone:
        return
    yield DONE


class _ChunkWriter:
    """The chunks of one stream."""

    def __init__(self, run: FollowedRun, *, include_usage: bool) -> None:
        self._head = _head(run, "chat.completion.chunk")
        self._include_usage = include_usage

    def chunk(self, delta: Json, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"usage": None} if self._include_usage else {}
        return event({**self._head, "choices": [choice], **usage})

    def ending(self, outcome: Outcome) -> Iterator[bytes]:
        for index, call in enumerate(outcome.calls):
            yield self.chunk({"tool_calls": [{"index": index, **_call(call)}]})
        yield self.chunk({}, _finish_reason(outcome))
        if self._include_usage:
            yield event({**self._head, "choices": [], "usage": chat_usage(outcome.usage)})


def _head(run: FollowedRun, kind: str) -> Json:
    return {"id": run.run_id, "object": kind, "created": run.created_at, "model": run.asked.model}


def _call(call: ToolCallBlock) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments_text(call)}}


def _finish_reason(outcome: Outcome) -> str:
    return _FINISH.get(outcome.stop_reason) or ("tool_calls" if outcome.calls else "stop")
