"""A response as a stream of events, each with its number."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from openclaw.domain.transcript import ToolCallBlock
from web.http.openai.errors import ApiError
from web.http.openai.follow import ClientGone, FollowedRun, KeepAlive, NewText, Outcome
from web.http.openai.responses_answer import ResponseShape, text_part
from web.http.openai.script import arguments_text
from web.http.openai.sse import DONE, SILENCE, event

Json = dict[str, Any]


def stream(run: FollowedRun, shape: ResponseShape) -> Iterator[bytes]:
    """The answer as it comes."""
    writer = _EventWriter(shape)
    try:
        yield writer.event("response.created", response=shape.begun())
        yield writer.event("response.in_progress", response=shape.begun())
        for piece in run.pieces():
            match piece:
                case NewText(text):
                    yield from writer.text(text)
                case Outcome():
                    yield from writer.ending(piece)
                case KeepAlive():
                    yield SILENCE
    except ApiError as error:
        yield writer.event("response.failed", response=shape.failed(error))
    except ClientGone:
        return
    yield DONE


class _EventWriter:
    """The events of one stream: at most one message, then the calls."""

    def __init__(self, shape: ResponseShape) -> None:
        self._shape = shape
        self._numbers = itertools.count()
        self._speaking = False

    def event(self, kind: str, **facts: Any) -> bytes:
        return event({"type": kind, "sequence_number": next(self._numbers), **facts}, kind)

    def text(self, text: str) -> Iterator[bytes]:
        yield from self._begin_message()
        yield self.event("response.output_text.delta", **self._place(), delta=text, logprobs=[])

    def ending(self, outcome: Outcome) -> Iterator[bytes]:
        items = self._shape.output(outcome)
        if items[0]["type"] == "message":
            yield from self._begin_message()
            yield from self._end_message(outcome.text, items[0])
        first_call = len(items) - len(outcome.calls)
        for index, call in enumerate(outcome.calls):
            yield from self._call(first_call + index, index, call, items[first_call + index])
        response = self._shape.ended(outcome)
        yield self.event(f"response.{response['status']}", response=response)

    def _begin_message(self) -> Iterator[bytes]:
        if self._speaking:
            return
        self._speaking = True
        begun = self._shape.message("", "in_progress")
        yield self.event("response.output_item.added", output_index=0, item=begun)
        yield self.event("response.content_part.added", **self._place(), part=text_part(""))

    def _end_message(self, text: str, item: Json) -> Iterator[bytes]:
        yield self.event("response.output_text.done", **self._place(), text=text, logprobs=[])
        yield self.event("response.content_part.done", **self._place(), part=text_part(text))
        yield self.event("response.output_item.done", output_index=0, item=item)

    def _call(self, place: int, index: int, call: ToolCallBlock, item: Json) -> Iterator[bytes]:
        begun = self._shape.function_call(index, call, begun=True)
        arguments = arguments_text(call)
        about = {"item_id": item["id"], "output_index": place}
        yield self.event("response.output_item.added", output_index=place, item=begun)
        yield self.event("response.function_call_arguments.delta", **about, delta=arguments)
        yield self.event("response.function_call_arguments.done", **about, name=call.name, arguments=arguments)
        yield self.event("response.output_item.done", output_index=place, item=item)

    def _place(self) -> Json:
        return {"item_id": self._shape.message_id, "output_index": 0, "content_index": 0}
