"""One model step: ask the candidates in order, stream what the model says, return its message.

Failover here is the first form: the candidates of the agent, one after the other, with one more try for a vendor
that is only overloaded. What reached the clients before a failure is taken back by ``replace``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from openclaw.domain.context_guard import USUAL_LIMITS, GuardLimits, Window, window_of
from openclaw.domain.events import EventKind, RunEvent
from openclaw.domain.pricing import priced
from openclaw.domain.pruning import prune, squeeze
from openclaw.domain.run import StopReason, Usage
from openclaw.domain.tokens import conversation_tokens
from openclaw.domain.transcript import Block, Message, TextBlock, repair_pairs
from openclaw.errors import (
    BadModelRequest,
    ConfigError,
    ContextOverflow,
    Overloaded,
    ProviderError,
    ProviderTimeout,
)
from openclaw.ports.cancel import CancelToken
from openclaw.ports.clock import Clock
from openclaw.ports.models import Candidate, ModelRouter
from openclaw.ports.provider import (
    FREE_CHOICE,
    ModelInfo,
    ModelRequest,
    Provider,
    Stopped,
    TextDelta,
    ThinkingDone,
    ToolCallDone,
    ToolChoice,
    ToolSpec,
    UsageReport,
)
from openclaw.ports.run_events import RunEmitter

log = logging.getLogger(__name__)

#: Tries per candidate when the vendor is overloaded or broke off, and the longest wait between them in seconds.
TRIES = 2
LONGEST_PAUSE_SECONDS = 2.0
#: What is left of a tool result when a request was refused as too long.
SQUEEZED_CHARS = 4_000
#: Errors that another model would meet as well.
NO_FAILOVER = (ContextOverflow, BadModelRequest)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the model said. ``usage`` sums all tries that were billed."""

    message: Message
    stop_reason: StopReason
    usage: Usage
    provider: str
    model: str


@dataclass(slots=True)
class Draft:
    """A message being streamed; what an aborted turn keeps of it."""

    blocks: list[Block] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    stop: StopReason | None = None

    def clear(self) -> None:
        """Begin anew."""
        self.blocks.clear()
        self.text.clear()
        self.usage, self.stop = Usage(), None

    @property
    def shown(self) -> str:
        """The text so far."""
        return "".join(b.text for b in self.blocks if isinstance(b, TextBlock)) + "".join(self.text)

    def close_text(self) -> None:
        if self.text:
            self.blocks.append(TextBlock("".join(self.text)))
            self.text.clear()


class Holding(Protocol):
    """How a model call learns that it must stop, and says that it goes on."""

    @property
    def token(self) -> CancelToken: ...

    def progressed(self) -> None: ...


@dataclass(slots=True)
class RequestFactory:
    """Everything of a model request but the model."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    idle_timeout_seconds: float
    tool_choice: ToolChoice = FREE_CHOICE
    #: Fewer than the model may, when the turn's client wants so.
    max_output_tokens: int = 0
    limits: GuardLimits = USUAL_LIMITS
    #: Tool results before this index may be trimmed.
    trim_before: int = 0
    #: A level of ``domain.dials.THINKING``; empty for the vendor's own default.
    thinking: str = ""
    #: Puts the conversation's files as a model may have them.
    media: Callable[[Sequence[Message], ModelInfo], Sequence[Message]] = lambda messages, _info: messages
    #: Every tool result is cut to ``SQUEEZED_CHARS``.
    squeezed: bool = False

    def build(self, candidate: Candidate) -> ModelRequest:
        """The request to this model: no longer than its window takes."""
        window = window_of(candidate.info.context_window, self.limits)
        messages = repair_pairs(self.media(self.fitted(self.messages, window), candidate.info))
        most = candidate.info.max_output_tokens
        if most > window.reserve:
            most = min(most, max(window.reserve, window.size - conversation_tokens(messages)))
        return ModelRequest(
            model=candidate.ref.model,
            system=self.system,
            messages=messages,
            tools=self.tools,
            tool_choice=self.tool_choice,
            max_output_tokens=min(self.max_output_tokens or most, most),
            thinking=self.thinking if candidate.info.reasoning else "",
            idle_timeout_seconds=self.idle_timeout_seconds,
        )

    def fitted(self, messages: Sequence[Message], window: Window) -> Sequence[Message]:
        """The conversation with old tool results trimmed as far as this request does so."""
        trimmed = prune(messages, window.size, self.trim_before) if self.trim_before else messages
        return squeeze(trimmed, SQUEEZED_CHARS) if self.squeezed else trimmed


def ask_model(
    router: ModelRouter,
    candidates: Sequence[Candidate],
    request_for: RequestFactory,
    emitter: RunEmitter,
    hold: Holding,
    draft: Draft,
    item: str,
    clock: Clock,
) -> ModelAnswer:
    """Stream one answer. Raises the last ProviderError when every candidate failed, or RunAborted."""
    last: ProviderError | None = None
    for candidate in candidates:
        try:
            provider = router.provider(candidate.ref)
        except ConfigError as error:
            last = BadModelRequest(str(error))
            log.warning("model %s cannot be used: %s", candidate.ref, error)
            continue
        for attempt in range(TRIES):
            try:
                return _stream(provider, candidate, request_for, emitter, hold, draft, item, clock)
            except NO_FAILOVER:
                raise
            except ProviderError as error:
                last = error
                log.warning("model %s failed (%s): %s", candidate.ref, error.reason, error)
                emitter.restart(item)
                if attempt + 1 == TRIES or not isinstance(error, Overloaded | ProviderTimeout):
                    break
                pause = min(error.retry_after_seconds or 0.5, LONGEST_PAUSE_SECONDS)
                if hold.token.wait(pause):
                    hold.token.raise_if_cancelled()
    raise last or BadModelRequest("no model is configured for this agent")


def _stream(
    provider: Provider,
    candidate: Candidate,
    request_for: RequestFactory,
    emitter: RunEmitter,
    hold: Holding,
    draft: Draft,
    item: str,
    clock: Clock,
) -> ModelAnswer:
    facts = {"provider": candidate.ref.provider, "model": candidate.ref.model}
    emitter.emit(
        RunEvent(EventKind.STATUS, {"phase": "starting_model"}, clock()),
        RunEvent(EventKind.MODEL, facts, clock()),
    )
    draft.clear()
    for event in provider.stream(request_for.build(candidate), hold.token):
        hold.progressed()
        match event:
            case TextDelta(text):
                draft.text.append(text)
                emitter.text(text, item)
            case ThinkingDone(block):
                draft.close_text()
                draft.blocks.append(block)
            case ToolCallDone(call):
                draft.close_text()
                draft.blocks.append(call)
            case UsageReport(usage):
                draft.usage = usage
            case Stopped(reason):
                draft.stop = reason
            case _:
                emitter.flush_due()
    hold.token.raise_if_cancelled()
    if draft.stop is None:
        raise ProviderTimeout("the model's stream ended without a stop reason")
    draft.close_text()
    return ModelAnswer(
        message=Message("assistant", tuple(draft.blocks)),
        stop_reason=draft.stop,
        usage=priced(draft.usage, candidate.info.price),
        provider=candidate.ref.provider,
        model=candidate.ref.model,
    )
