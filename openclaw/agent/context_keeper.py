"""What a turn's conversation weighs, and what is done when it gets too heavy for its model.

In this order: old tool results are trimmed for the request, the older part is replaced by a summary, and when a
vendor still refuses, every tool result is cut. What the vendor said of the last call counts; an estimate covers what
has come since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from openclaw.agent import compaction
from openclaw.agent.compaction import Compacted, Summary
from openclaw.agent.model_step import SQUEEZED_CHARS, RequestFactory
from openclaw.agent.quiet import ask_quietly, within
from openclaw.agent.turn_log import TurnLog
from openclaw.domain.context_guard import MAX_ENTRIES, MIN_WINDOW, GuardLimits, Window, window_of
from openclaw.domain.pruning import prunable_until, squeeze
from openclaw.domain.run import StepKind, Usage
from openclaw.domain.tokens import conversation_tokens, schema_tokens, text_tokens
from openclaw.domain.transcript import user_text
from openclaw.errors import BadModelRequest, ContextOverflow, ProviderError
from openclaw.ports.models import Candidate
from openclaw.ports.store import ContextMark, StepRecord

#: Compactions of one run because the vendor refused, and because it did not answer in time.
MAX_OVERFLOWS, MAX_TIMEOUTS = 3, 2
#: A call that took too long is taken for too heavy from this share of the room.
HEAVY_SHARE = 0.65


@dataclass(slots=True)
class ContextKeeper:
    """Looks after the conversation of one turn."""

    log: TurnLog
    limits: GuardLimits
    #: Tool results before this index are trimmed; it stays while it can, so that vendors' prompt caches hit.
    trim_before: int = 0
    #: Every tool result is cut.
    squeezed: bool = False

    def __post_init__(self) -> None:
        self.trim_before = prunable_until(self.log.history)

    def usable(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates whose window is large enough. Raises BadModelRequest when none is."""
        found = [candidate for candidate in candidates if not self.window(candidate).refused]
        if candidates and not found:
            names = ", ".join(f"{c.ref} ({self.window(c).size})" for c in candidates)
            raise BadModelRequest(
                f"no model has a context window of at least {MIN_WINDOW} tokens: {names}; choose another model or "
                "correct its context_window"
            )
        return found

    def window(self, candidate: Candidate) -> Window:
        return window_of(candidate.info.context_window, self.limits)

    def weigh(self, request: RequestFactory, window: Window) -> int:
        """What the next request weighs. Tokens."""
        history, mark = self.log.history, self.log.mark
        if mark.seq:
            return mark.tokens + conversation_tokens(m for m in history if m.seq > mark.seq or not m.seq)
        fixed = text_tokens(request.system)
        fixed += sum(schema_tokens(tool.name, tool.description, tool.parameters) for tool in request.tools)
        return fixed + conversation_tokens(request.fitted(history, window))

    def too_heavy(self, request: RequestFactory, window: Window) -> bool:
        """Whether the older part must go before the model is asked. Trims first, if that is enough."""
        if len(self.log.history) > MAX_ENTRIES:
            return True
        if self.weigh(request, window) <= window.room:
            return False
        self.log.mark = ContextMark()
        self.trim_before = request.trim_before = prunable_until(self.log.history)
        return self.weigh(request, window) > window.room

    def relief(self, error: ProviderError, request: RequestFactory, window: Window) -> str:
        """The reason to compact for after this error, empty for none: too large, or so large that it took too long."""
        steps = self.log.steps
        if just_compacted(steps):
            return ""
        if isinstance(error, ContextOverflow):
            return "overflow" if _compactions(steps, "overflow") < MAX_OVERFLOWS else ""
        heavy = self.weigh(request, window) > window.room * HEAVY_SHARE
        return "timeout" if heavy and _compactions(steps, "timeout") < MAX_TIMEOUTS else ""

    def squeeze(self) -> bool:
        """Cut every tool result from now on; false when that would change nothing."""
        wins = not self.squeezed and squeeze(self.log.history, SQUEEZED_CHARS) != tuple(self.log.history)
        self.squeezed = True
        return wins

    def compact(self, candidates: Sequence[Candidate], hint: str, *, all_but_newest: bool) -> Compacted | None:
        """Replace the older part by a summary; ``None`` when nothing could go. Raises RunAborted."""
        if not candidates:
            return None
        window = self.window(candidates[0])
        if all_but_newest:
            window = replace(window, keep_recent=0)
        made = compaction.compact(
            self.log.history, window, lambda told, text, most: self._summarize(candidates, told, text, most), hint
        )
        if made is not None:
            self.log.mark, self.trim_before = ContextMark(), 0
        return made

    def _summarize(self, candidates: Sequence[Candidate], told: str, material: str, most_tokens: int) -> Summary:
        request = RequestFactory(
            system=told,
            messages=(user_text(material),),
            tools=(),
            idle_timeout_seconds=self.log.hold.no_progress_seconds,
            max_output_tokens=most_tokens,
        )
        with within(self.log.hold, self.limits.compaction_seconds) as hold:
            answer = ask_quietly(self.log.parts, candidates, request, hold, "compaction")
        return Summary(answer.message.text, answer.usage)


def _compactions(steps: Iterable[StepRecord], reason: str) -> int:
    """How often a run has compacted its conversation for this reason."""
    return sum(step.kind is StepKind.COMPACTION and step.payload.get("reason") == reason for step in steps)


def just_compacted(steps: Sequence[StepRecord]) -> bool:
    """Whether that is the last thing the run did: doing it again would win nothing."""
    return bool(steps) and steps[-1].kind is StepKind.COMPACTION


def weight_of(usage: Usage) -> int:
    """What the conversation weighs after a call that used this. Tokens; 0 when the vendor did not say."""
    asked = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return asked + usage.output_tokens if asked else 0
