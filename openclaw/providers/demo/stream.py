"""What the demo model says, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterator

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import TextBlock, ThinkingBlock, ToolCallBlock, ToolResultBlock
from openclaw.errors import ProviderTimeout
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ModelEvent, ModelRequest, Stopped, TextDelta, ToolCallDone, UsageReport
from openclaw.providers.demo.request import Wishes
from openclaw.providers.tool_calls import finished_call

LABEL = "[demo model]"
#: What ``[[broken-args]]`` sends instead of JSON.
BROKEN_ARGUMENTS = '{"broken": '
_CHARACTERS_PER_TOKEN = 4


def answer(wishes: Wishes, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
    """Call the tools that were asked for, or say something. Cut at the request's token limit."""
    if wishes.tools and not wishes.results:
        calls = _calls(wishes, len(request.messages))
        yield from (ToolCallDone(call) for call in calls)
        yield usage_of(request, sum(tokens_of(call.raw or json.dumps(call.arguments)) for call in calls))
        yield Stopped(StopReason.TOOL_CALLS)
        return
    words = _words(wishes)
    spoken = words[: request.max_output_tokens]
    silence = wishes.slow_seconds / len(spoken)
    for word in spoken:
        if silence:
            pause(silence, request.idle_timeout_seconds, cancel)
        cancel.raise_if_cancelled()
        yield TextDelta(word)
    yield usage_of(request, len(spoken))
    yield Stopped(StopReason.STOP if len(spoken) == len(words) else StopReason.LENGTH)


def _calls(wishes: Wishes, position: int) -> list[ToolCallBlock]:
    return [
        finished_call(
            f"demo_{position}_{index}",
            name,
            BROKEN_ARGUMENTS if wishes.broken_arguments else json.dumps(arguments, ensure_ascii=False),
        )
        for index, (name, arguments) in enumerate(wishes.tools)
    ]


def _words(wishes: Wishes) -> list[str]:
    if wishes.tokens is not None:
        label = LABEL.split()
        words = [*label, *(f"word{n}" for n in range(1, wishes.tokens - len(label) + 1))]
        words = words[: max(1, wishes.tokens)]
    elif wishes.results:
        words = f"{LABEL} {'; '.join(_told(result) for result in wishes.results)}".split(" ")
    else:
        words = f"{LABEL} You said: {wishes.text}".split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


def _told(result: ToolResultBlock) -> str:
    return f"Tool {result.name} {'failed' if result.is_error else 'answered'}: {result.text}"


def pause(seconds: float, idle_timeout_seconds: float, cancel: CancelToken) -> None:
    """Keep silent, or as long as the request bears. Raises ProviderTimeout or RunAborted."""
    if seconds > idle_timeout_seconds:
        if not cancel.wait(idle_timeout_seconds):
            raise ProviderTimeout("demo: no answer in time")
    else:
        cancel.wait(seconds)
    cancel.raise_if_cancelled()


def usage_of(request: ModelRequest, output_tokens: int) -> UsageReport:
    """An estimate of what the request used."""
    prompt = tokens_of(request.system)
    for message in request.messages:
        for block in message.blocks:
            match block:
                case TextBlock(text) | ThinkingBlock(text) | ToolResultBlock(text=text):
                    prompt += tokens_of(text)
                case ToolCallBlock(arguments=arguments, raw=raw):
                    prompt += tokens_of(raw or json.dumps(arguments))
    return UsageReport(Usage(prompt, output_tokens))


def tokens_of(text: str) -> int:
    """An estimate."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
