"""One model step: ask the candidates in order, stream what the model says, return its message.

The candidates of the agent are asked one after the other, with one more try for a vendor that is only overloaded;
those that every worker leaves alone for a while are passed over. What reached the clients before a failure is taken
back by ``replace``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from openclaw.domain.context_guard import USUAL_LIMITS, GuardLimits, Window, window_of
from openclaw.domain.events import EventKind, RunEvent
from openclaw.domain.model_rest import Rest
from openclaw.domain.pricing import priced
from openclaw.domain.pruning import prune, squeeze
from openclaw.domain.run import StopReason, Usage
from openclaw.domain.tokens import conversation_tokens
from openclaw.domain.transcript import Block, Message, TextBlock, repair_pairs
from openclaw.errors import (
    BadModelRequest,
    ConfigError,
    ContextOverflow,
    ModelsResting,
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
#: Reasons of a rest that only lead to others: where there are none, the model is asked all the same.
ASKED_WHEN_ALONE = frozenset({"overloaded", "timeout"})


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the model said. ``usage`` sums all tries that were billed."""

    message: Message
    stop_reason: StopReason
    usage: Usage
    provider: str
    model: str
    #: The vendor's auth profile that it was asked with; empty where there is but one credential.
    profile: str = ""


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
    """Stream one answer.

    Raises the last ProviderError when every candidate failed, with what was tried; ModelsResting when none was to be
    asked; or RunAborted.
    """
    return _Asking(router, request_for, emitter, hold, draft, item, clock).first_of(candidates)


@dataclass(slots=True)
class _Asking:
    """One model step on its way from candidate to candidate."""

    router: ModelRouter
    request_for: RequestFactory
    emitter: RunEmitter
    hold: Holding
    draft: Draft
    item: str
    clock: Clock
    tried: list[str] = field(default_factory=list)
    last: ProviderError | None = None

    def first_of(self, candidates: Sequence[Candidate]) -> ModelAnswer:
        """The answer of the first that gives one."""
        rested: list[tuple[Candidate, Rest]] = []
        for candidate in candidates:
            rest = self.router.health.rest_of(candidate.ref, candidate.profile)
            if rest is not None:
                rested.append((candidate, rest))
                self.tried.append(f"{candidate.name} (rests: {rest.reason})")
            elif (answer := self._answer_of(candidate)) is not None:
                return answer
        if self.last is None:
            # Better to ask one that was overloaded a moment ago than nobody.
            for candidate, rest in sorted(rested, key=lambda each: each[1].until_ms):
                if rest.reason in ASKED_WHEN_ALONE and (answer := self._answer_of(candidate)) is not None:
                    return answer
        if self.last is None and rested:
            raise _all_rest([rest for _, rest in rested], self.tried)
        raise self._told()

    def _answer_of(self, candidate: Candidate) -> ModelAnswer | None:
        """Ask one, again where that makes sense; ``None`` when it failed."""
        try:
            provider = self.router.provider(candidate.ref, candidate.profile)
        except ConfigError as error:
            self.last = BadModelRequest(str(error))
            self.tried.append(f"{candidate.name} (not usable)")
            log.warning("model %s cannot be used: %s", candidate.name, error)
            return None
        self.router.asked(candidate)
        for attempt in range(TRIES):
            try:
                answer = _stream(
                    provider, candidate, self.request_for, self.emitter, self.hold, self.draft, self.item, self.clock
                )
            except NO_FAILOVER as error:
                self.router.health.failed(candidate.ref, error, candidate.profile)
                raise
            except ProviderError as error:
                self.last = error
                log.warning("model %s failed (%s): %s", candidate.name, error.reason, error)
                self.emitter.restart(self.item)
                if attempt + 1 == TRIES or not isinstance(error, Overloaded | ProviderTimeout):
                    break
                pause = min(error.retry_after_seconds or 0.5, LONGEST_PAUSE_SECONDS)
                if self.hold.token.wait(pause):
                    self.hold.token.raise_if_cancelled()
            else:
                self.router.health.answered(candidate.ref, candidate.profile)
                return answer
        if self.last is not None:
            self.router.health.failed(candidate.ref, self.last, candidate.profile)
            self.tried.append(f"{candidate.name} ({self.last.reason})")
        return None

    def _told(self) -> ProviderError:
        """The last error, with what was tried where that was more than one."""
        if self.last is None:
            return BadModelRequest("no model is configured for this agent")
        if len(self.tried) > 1:
            self.last.args = (f"{self.last} (tried: {', '.join(self.tried)})",)
        return self.last


def _all_rest(rests: Sequence[Rest], tried: Sequence[str]) -> ModelsResting:
    first = min(rests, key=lambda rest: max(rest.until_ms, rest.probe_until_ms))
    until = max(first.until_ms, first.probe_until_ms)
    when = time.strftime("%H:%M:%S", time.gmtime(until / 1000))
    text = f"no model is to be asked before {when} UTC: {', '.join(tried)}; `openclaw models clear` ends that"
    if first.error:
        text += f". The vendor said: {first.error}"
    return ModelsResting(text, until_ms=until, reason=first.reason)


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
        profile=candidate.profile,
    )
