"""What a turn has done so far and how it adds to that: every commit and the end of the turn go through here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openclaw.agent import ending
from openclaw.agent.block_stream import SENT, BlockStream, sent_before
from openclaw.agent.ending import PlanReplies
from openclaw.agent.holds import TurnHold
from openclaw.agent.model_step import Draft
from openclaw.agent.next_action import next_index
from openclaw.agent.preview_stream import PreviewStream
from openclaw.agent.profile import AgentProfile
from openclaw.agent.replies import answer_replies, speech_rules, spoken_reply, step_notes, wished
from openclaw.agent.runtime import AgentRuntime
from openclaw.agent.typing_note import TypingNote
from openclaw.agent.watched_emitter import AnswerWatcher, WatchedEmitter
from openclaw.domain.answered import Answered
from openclaw.domain.dials import REASONING, THINKING, VERBOSE
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.events import EventKind, RunEvent
from openclaw.domain.heartbeat import HEARTBEAT
from openclaw.domain.reply_prefix import render_prefix
from openclaw.domain.reply_target import ReplyTarget
from openclaw.domain.run import RunLimits, RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.silence import is_silent
from openclaw.domain.speech import SpeechRules, read_tags, speech_of
from openclaw.domain.transcript import Message, ToolCallBlock
from openclaw.errors import RunAborted
from openclaw.ports.budgets import BudgetStore
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import Outlook
from openclaw.ports.media_files import MediaFiles
from openclaw.ports.run_events import RunEmitter
from openclaw.ports.store import (
    Claim,
    Committed,
    ContextMark,
    Finished,
    FinishRequest,
    ReplyChunk,
    RunChanges,
    RunStore,
    StepRecord,
    Wait,
)

#: How a turn ended.
Ended = tuple[FinishRequest, Finished]


@dataclass(frozen=True, slots=True)
class TurnParts:
    """What a turn works with."""

    runs: RunStore
    runtime: AgentRuntime
    clock: Clock
    budgets: BudgetStore
    files: MediaFiles
    #: Asks for the words of files of a run; its wait is answered when they are there. Raises RedisUnavailable.
    look_at_files: Callable[[str], object]
    #: Tells the outbox that a conversation has something to send. Never fails: a sweep finds what was not rung for.
    ring_replies: Callable[[Sequence[str]], object] = lambda _conversations: None
    #: The same for a conversation whose next row is due at a time, in milliseconds.
    ring_later: Callable[[str, int], object] = lambda _conversation, _due_at_ms: None

    @property
    def limits(self) -> RunLimits:
        return self.runtime.limits


@dataclass(frozen=True, slots=True)
class Suspended:
    """The turn waits; its lane is to be parked."""

    outlook: Outlook


@dataclass(slots=True)
class TurnLog:
    """The conversation and the steps as they are committed, and the message that is being said."""

    parts: TurnParts
    claim: Claim
    hold: TurnHold
    emitter: RunEmitter
    plan: PlanReplies
    agent: AgentProfile
    history: list[Message] = field(init=False)
    steps: list[StepRecord] = field(init=False)
    usage: Usage = field(init=False)
    #: What the conversation weighed when a model was last asked.
    mark: ContextMark = field(init=False)
    #: The auth profile that the session stays with.
    auth_pin: str = field(init=False)
    draft: Draft = field(default_factory=Draft)
    #: What leaves of an answer while it is written; ``None`` where answers leave as a whole.
    blocks: BlockStream | None = field(init=False)
    #: What shows an answer while it is written; ``None`` where nothing does.
    preview: PreviewStream | None = field(init=False)
    typing: TypingNote = field(init=False)
    #: The message that the reply asked to quote, by a tag.
    asked_to_quote: str = ""
    #: Vendor and model of the newest answer, or of the one that is being written.
    answered_by: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.history = list(self.claim.history)
        self.steps = list(self.claim.steps)
        self.usage = self.claim.usage
        self.mark = self.claim.context
        self.auth_pin = self.claim.auth_pin
        self.blocks = self._block_stream()
        self.preview = self._preview_stream()
        self.typing = self._typing_note()

    @property
    def watched(self) -> RunEmitter:
        """The emitter for an answer: those who follow it hear of it there."""
        watchers: tuple[AnswerWatcher | None, ...] = (self.typing, self.blocks, self.preview)
        return WatchedEmitter(self.emitter, [watcher for watcher in watchers if watcher is not None])

    @property
    def next_index(self) -> int:
        """The index of the next new step."""
        return next_index(self.steps)

    def now_ms(self) -> int:
        return self.parts.clock()

    def emit(self, kind: EventKind, data: dict[str, Any]) -> None:
        self.emitter.emit(RunEvent(kind, data, self.now_ms()))

    def step(
        self, index: int, kind: StepKind, payload: dict[str, Any] | None = None, call: ToolCallBlock | None = None
    ) -> StepRecord:
        """A step that is finished."""
        call_id, name = (call.id, call.name) if call is not None else ("", "")
        return StepRecord(index, kind, StepStatus.FINISHED, self.claim.fence, call_id, name, payload or {})

    def started(self, index: int, call: ToolCallBlock, **facts: Any) -> StepRecord:
        """A tool step that begins."""
        payload = {"arguments": call.arguments, **facts}
        return StepRecord(index, StepKind.TOOL, StepStatus.STARTED, self.claim.fence, call.id, call.name, payload)

    def _block_stream(self) -> BlockStream | None:
        rules = self.parts.runtime.reply_rules_for(self.claim.route)
        options = self.claim.options
        # Thoughts stand before the answer, and only part of what a heartbeat says is for its reader.
        if rules.blocks is None or HEARTBEAT in options or options.get(REASONING.key) == "on":
            return None
        sent = sent_before(self.steps)
        return BlockStream(rules.blocks, rules.pause_ms, self.plan, self._say, self.parts.clock, self.prefix, sent)

    def _preview_stream(self) -> PreviewStream | None:
        claim, options = self.claim, self.claim.options
        mode = self.parts.runtime.reply_rules_for(claim.route).preview
        # What a message quotes cannot be changed later.
        surface = None if mode == "off" or self.blocks else self.parts.runtime.preview_for(self._answering_route())
        # What is told of tools would come below the message that the reply takes the place of.
        is_noted = options.get(VERBOSE.key) in ("on", "full")
        if surface is None or HEARTBEAT in options or is_noted or not self.plan("."):
            return None
        hold = self.hold
        return PreviewStream(
            surface,
            mode,
            lambda message_id: self.parts.runs.note_preview(claim, message_id),
            lambda: not (hold.lost or hold.token.cancelled) and time.monotonic() < hold.lease_until,
            self.parts.clock,
            self.prefix,
            claim.preview_id,
        )

    def _typing_note(self) -> TypingNote:
        claim, runtime = self.claim, self.parts.runtime
        mode = runtime.reply_rules_for(claim.route).typing_for(Answered.from_options(claim.options))
        # Where nothing is sent in the end nobody shall wait for it.
        is_quiet = claim.route.channel == "client" or HEARTBEAT in claim.options or not self.plan(".")
        # Slack shows it only in the thread where the answer will stand.
        route = self._answering_route()
        return TypingNote(lambda: runtime.show_typing(route), "never" if is_quiet else mode, self.parts.clock)

    def _say(self, index: int, sent: Sequence[str], chunks: Sequence[ReplyChunk]) -> None:
        chunks = self._quoting(chunks, read_tags(self.draft.shown).reply_to, has_begun=len(sent) > 1)
        step = StepRecord(index, StepKind.MODEL, StepStatus.STARTED, self.claim.fence, payload={SENT: list(sent)})
        self.parts.runs.say(self.claim, step, chunks, self.now_ms())
        self._ring(chunks)

    def _ring(self, chunks: Sequence[ReplyChunk]) -> None:
        conversation = self.claim.route.conversation
        delay_ms = chunks[0].delay_ms if chunks else 0
        if delay_ms:
            self.parts.ring_later(conversation, self.now_ms() + delay_ms)
        else:
            self.parts.ring_replies([conversation])

    def commit(self, changes: RunChanges) -> bool:
        """Commit and go on from what was committed; true when steers came in."""
        notes = step_notes(changes, self.steps, self.claim.options, self.plan)
        changes = replace(changes, notes=notes)
        committed = self.parts.runs.commit(self.claim, changes, self.now_ms())
        if self.preview is not None:
            for step in changes.started:
                self.preview.tool(step.name)
        if notes:
            self.parts.ring_replies([self.claim.route.conversation])
        return self._absorb(changes, committed)

    def succeed(self, text: str, changes: RunChanges, stop_reason: str) -> Ended | None:
        """The model has answered: end the turn, or go on with the steers that came."""
        provider, model = self.answered_by
        usage, said = self.usage + changes.usage, changes.messages
        tagged = read_tags(text)
        speech = speech_of(tagged, self._speech_rules(changes))
        # Words that were only to be heard are read where nobody speaks.
        text = tagged.text or tagged.words
        written = tagged.text if speech is not None else text
        blocks = self.blocks
        has_begun = blocks is not None and bool(blocks.sent)
        rest = blocks.rest(written) if blocks is not None else written
        self.asked_to_quote = tagged.reply_to
        if rest.strip() and not has_begun and not is_silent(written):
            rest = self.prefix() + rest
        replies = answer_replies(
            rest, said, usage, f"{provider}/{model}", self.claim.options, self.plan, has_begun=has_begun
        )
        if blocks is not None:
            replies = blocks.paced(replies)
        replies += spoken_reply(speech, self.plan, written=has_begun or bool(replies))
        request = ending.succeeded(
            text, changes, replies, stop_reason=stop_reason, provider=provider, model=model, now_ms=self.now_ms()
        )
        ended = self.finish(request)
        if ended is None and blocks is not None:
            blocks.close(written)
        return ended

    def prefix(self) -> str:
        """What stands before the reply. Of what a heartbeat says, only part is for its reader."""
        template = self.parts.runtime.reply_rules_for(self.claim.route).prefix
        if not template or HEARTBEAT in self.claim.options:
            return ""
        provider, model = self.answered_by
        level = THINKING.read(str(self.claim.options.get(THINKING.key) or "")) or self.agent.thinking
        facts = {
            "provider": provider,
            "model": model,
            "thinking_level": level or "default",
            "identity.name": self.agent.name,
        }
        return render_prefix(template, facts)

    def _quoting(self, chunks: Sequence[ReplyChunk], asked: str, *, has_begun: bool) -> tuple[ReplyChunk, ...]:
        """The same, with the messages that they quote."""
        target = self._target()
        return tuple(replace(chunk, reply_to=target.of(asked, place + has_begun)) for place, chunk in enumerate(chunks))

    def _answering_route(self) -> ReplyRoute:
        """Where the answer's first message leaves, unless a tag in it says otherwise."""
        route = self.claim.route
        return replace(route, reply_to=self._target().of("", 0) or route.reply_to)

    def _target(self) -> ReplyTarget:
        mode = self.parts.runtime.reply_rules_for(self.claim.route).reply_to_mode
        return ReplyTarget(mode, Answered.from_options(self.claim.options).message_id)

    @property
    def speech(self) -> SpeechRules:
        """How the session wants its replies spoken."""
        return wished(self.parts.runtime.speech_for(self.claim.route), self.claim.options)

    def _speech_rules(self, changes: RunChanges) -> SpeechRules:
        steps = (*self.steps, *changes.finished)
        tools = {step.name for step in steps if step.kind is StepKind.TOOL and step.status is StepStatus.FINISHED}
        asked = next((message for message in reversed(self.history) if message.role == "user"), None)
        return speech_rules(self.speech, asked, tools)

    def finish(self, request: FinishRequest) -> Ended | None:
        """End the turn, or go on with the steers that came."""
        request = self._settled(request)
        finished = self.parts.runs.finish(self.claim, request)
        if self.preview is not None and isinstance(finished, Committed):
            self.preview.go_on()
        else:
            self._end_preview(request)
        if isinstance(finished, Finished):
            self.usage = self.usage + request.changes.usage
            return request, finished
        self.draft.clear()
        self._absorb(request.changes, finished)
        return None

    def end(self, request: FinishRequest) -> Ended:
        """End the turn for good."""
        request = self._settled(request)
        finished = self.parts.runs.finish(self.claim, request)
        if isinstance(finished, Committed):
            raise TypeError("only a successful turn goes on")
        self._end_preview(request)
        return request, finished

    def _end_preview(self, request: FinishRequest) -> None:
        """What was shown of an answer that somebody stopped is what there is of it, and stays."""
        if self.preview is not None:
            self.preview.over(stays=bool(request.replies) or request.status is RunStatus.ABORTED)

    def _settled(self, request: FinishRequest) -> FinishRequest:
        """The same, with what its replies quote, and with a first one that no call on its way can overtake."""
        has_begun = self.blocks is not None and bool(self.blocks.sent)
        request = replace(request, replies=self._quoting(request.replies, self.asked_to_quote, has_begun=has_begun))
        late_ms = 0 if self.preview is None else self.preview.settle()
        if not (late_ms and request.replies):
            return request
        first, *others = request.replies
        return replace(request, replies=(replace(first, delay_ms=first.delay_ms + late_ms), *others))

    def park(self, wait: Wait) -> Suspended | None:
        """Suspend the run for a wait of the turn's own; ``None`` when a steer or an abort came first, taken in here."""
        outlook = self.parts.runs.suspend(self.claim, RunChanges(), wait, self.now_ms())
        if outlook is not None:
            return Suspended(outlook)
        self.commit(RunChanges())
        return None

    def abort_reason(self) -> str:
        """Why somebody wants the turn to end; empty when nobody does."""
        return self.parts.runs.commit(self.claim, RunChanges(), self.now_ms()).abort_reason

    def _absorb(self, changes: RunChanges, committed: Committed) -> bool:
        by_index = {s.index: s for s in (*self.steps, *changes.started, *changes.finished)}
        self.steps = [by_index[i] for i in sorted(by_index)]
        first = committed.last_seq - len(changes.messages) + 1
        said = (*changes.messages, *committed.steers)
        self.history.extend(replace(message, seq=seq) for seq, message in enumerate(said, start=first))
        if changes.context_tokens:
            self.mark = ContextMark(changes.context_tokens, committed.last_seq)
        self.auth_pin = "" if changes.compaction is not None else changes.auth_pin or self.auth_pin
        self.usage = self.usage + changes.usage
        self.hold.progressed()
        if committed.joined_run_ids:
            self.emit(EventKind.STEERED, {"run_ids": list(committed.joined_run_ids)})
        if committed.abort_reason:
            raise RunAborted(committed.abort_reason)
        return bool(committed.steers)
