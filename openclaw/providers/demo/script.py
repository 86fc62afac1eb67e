"""The model ``demo/script``: says what a script has it say, at the pace it has it say it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.scripted_reply import ScriptedReply, due_reply
from openclaw.domain.transcript import ThinkingBlock, ToolCallBlock
from openclaw.errors import BadModelRequest, ConfigError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import (
    ModelEvent,
    ModelRequest,
    ProviderConfig,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallDone,
    UsageReport,
)
from openclaw.providers.demo.errors import BY_REASON
from openclaw.providers.demo.stream import pause, tokens_of, usage_of
from openclaw.providers.tool_calls import finished_call

MODEL = "script"
#: The option of the vendor's section that the script is in, as JSON.
OPTION = "script"
_WORD = re.compile(r"\s*\S+|\s+$")


def script_of(config: ProviderConfig) -> tuple[ScriptedReply, ...]:
    """The replies of a vendor's section. Raises ConfigError for what is none."""
    try:
        return tuple(ScriptedReply.from_json(reply) for reply in json.loads(config.options.get(OPTION, "[]")))
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"models.providers.{config.id}.replies: {error}") from None


def play(
    provider: str, script: Sequence[ScriptedReply], request: ModelRequest, cancel: CancelToken
) -> Iterator[ModelEvent]:
    """Say the reply that is due. Raises what it shall fail with, and BadModelRequest where there is none."""
    reply = due_reply(script, request.messages)
    if reply is None:
        raise BadModelRequest(f"{provider}: no reply in models.providers.{provider}.replies fits this message")
    if reply.thinking:
        yield from (ThinkingDelta(word) for word in _paced(reply.thinking, reply, request, cancel))
        yield ThinkingDone(ThinkingBlock(reply.thinking))
    words = _WORD.findall(reply.text)
    spoken = words[: request.max_output_tokens]
    yield from (TextDelta(word) for word in _paced("".join(spoken), reply, request, cancel))
    if reply.error:
        kind = BY_REASON[reply.error]
        raise kind(
            reply.error_text or f"the script has it fail: {reply.error}", retry_after_seconds=reply.retry_after_seconds
        )
    calls = _calls(reply, request)
    yield from (ToolCallDone(call) for call in calls)
    yield _usage(reply, request, calls)
    if calls:
        yield Stopped(StopReason.TOOL_CALLS)
    else:
        yield Stopped(StopReason.STOP if len(spoken) == len(words) else StopReason.LENGTH)


def _paced(text: str, reply: ScriptedReply, request: ModelRequest, cancel: CancelToken) -> Iterator[str]:
    for word in _WORD.findall(text):
        if reply.delay_ms:
            pause(reply.delay_ms / 1000, request.idle_timeout_seconds, cancel)
        cancel.raise_if_cancelled()
        yield word


def _calls(reply: ScriptedReply, request: ModelRequest) -> list[ToolCallBlock]:
    """None where the request has no tools or forbids them: a summary is asked for so."""
    if not request.tools or request.tool_choice.mode == "none":
        return []
    position = len(request.messages)
    return [
        finished_call(f"demo_{position}_{index}", call.tool, call.raw or json.dumps(dict(call.arguments)))
        for index, call in enumerate(reply.calls)
    ]


def _usage(reply: ScriptedReply, request: ModelRequest, calls: Sequence[ToolCallBlock]) -> UsageReport:
    if reply.usage is not None:
        said = reply.usage
        return UsageReport(Usage(said.input, said.output, said.cache_read, said.cache_write))
    called = sum(tokens_of(call.raw or json.dumps(call.arguments)) for call in calls)
    return usage_of(request, tokens_of(reply.thinking) + tokens_of(reply.text) + called)
