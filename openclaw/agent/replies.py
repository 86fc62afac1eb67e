"""What of a turn is sent to its channel: the answer, and what the session wants to see besides.

All of it goes through the outbox, in the transaction of the step that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from openclaw.agent.ending import PlanReplies
from openclaw.domain.broadcast import LABEL, labelled
from openclaw.domain.dials import REASONING, SEND, TTS, USAGE, VERBOSE
from openclaw.domain.heartbeat import HEARTBEAT, to_send
from openclaw.domain.pricing import usd
from openclaw.domain.pruning import shorten
from openclaw.domain.run import StepKind, Usage
from openclaw.domain.speech import Speech, SpeechRules
from openclaw.domain.transcript import MediaBlock, Message, ThinkingBlock, ToolResultBlock
from openclaw.ports.store import ReplyChunk, RunChanges, StepRecord

#: What is shown of a tool's arguments and of what it gave. Characters.
ARGUMENTS_CHARS, RESULT_CHARS = 120, 600
#: ``reply_index`` of a reply's sound.
SPOKEN_INDEX = 2
#: Tools that send files: what they have sent is not spoken over.
SENDING_TOOLS = frozenset({"tts", "image_generate"})


def plan_of(plan: PlanReplies, options: Mapping[str, Any]) -> PlanReplies:
    """The plan of a turn: nothing leaves where the session's replies are held back."""
    if options.get(SEND.key) == "deny":
        return _nothing
    heartbeat = options.get(HEARTBEAT)
    if heartbeat is not None:
        return partial(_heartbeat, plan, heartbeat)
    label = options.get(LABEL)
    return partial(_labelled, plan, str(label)) if label else plan


def _labelled(plan: PlanReplies, label: str, text: str) -> tuple[ReplyChunk, ...]:
    """Where several agents answer, each says who it is. What is not said at all stays unsaid."""
    return plan(labelled(label, text)) if plan(text) else ()


def _heartbeat(plan: PlanReplies, option: Mapping[str, Any], text: str) -> tuple[ReplyChunk, ...]:
    """Nothing leaves of a heartbeat that has nothing to say, or nothing new."""
    said = to_send(text, option)
    return plan(said) if said else ()


def answer_replies(
    text: str,
    said: Sequence[Message],
    usage: Usage,
    model: str,
    options: Mapping[str, Any],
    plan: PlanReplies,
    *,
    has_begun: bool = False,
) -> tuple[ReplyChunk, ...]:
    """The answer, behind the model's thoughts and with a line on what it used, if these are wanted.

    Of one that ``has_begun`` to leave ``text`` is the rest, which may be nothing.
    """
    answer = plan(text)
    line = _usage_line(str(options.get(USAGE.key) or ""), usage, model)
    if line and (answer or has_begun):
        answer = plan(f"{text}\n\n{line}".strip("\n"))
    thoughts = _thoughts(said) if options.get(REASONING.key) == "on" else ""
    if not (answer and thoughts):
        return answer
    return (*plan(_quoted(thoughts)), *(replace(chunk, reply_index=1) for chunk in answer))


def spoken_reply(speech: Speech | None, plan: PlanReplies, *, written: bool) -> tuple[ReplyChunk, ...]:
    """The reply as sound, behind the written one. Where nothing is written its words are kept, for who cannot speak."""
    words = plan(speech.words) if speech is not None else ()
    if not words:
        return ()
    return (ReplyChunk("" if written else words[0].text, reply_index=SPOKEN_INDEX, speech=speech),)


def wished(rules: SpeechRules, options: Mapping[str, Any]) -> SpeechRules:
    """How replies are spoken as their session wants it."""
    return replace(rules, mode=str(options.get(TTS.key) or rules.mode) if rules.possible else "off")


def speech_rules(rules: SpeechRules, asked: Message | None, tools: set[str]) -> SpeechRules:
    """How this reply is spoken: by what was asked and done."""
    heard = asked is not None and any(isinstance(b, MediaBlock) and b.mime.startswith("audio/") for b in asked.blocks)
    return replace(rules, heard=heard, sent_files=bool(tools & SENDING_TOOLS))


def step_notes(
    changes: RunChanges, known: Sequence[StepRecord], options: Mapping[str, Any], plan: PlanReplies
) -> tuple[ReplyChunk, ...]:
    """What a commit tells of its tools: one message for each that begins, and with ``full`` one for what it gave.

    ``reply_index`` is twice the step's, and one more for what it gave: that comes before what begins next.
    """
    level = options.get(VERBOSE.key)
    if level not in ("on", "full"):
        return ()
    begun = {step.index for step in known}
    notes = [
        replace(chunk, reply_index=2 * step.index)
        for step in changes.started
        if step.kind is StepKind.TOOL and step.index not in begun
        for chunk in plan(_begins(step))
    ]
    if level == "full":
        results = {b.call_id: b for m in changes.messages for b in m.blocks if isinstance(b, ToolResultBlock)}
        notes += [
            replace(chunk, reply_index=2 * step.index + 1)
            for step in changes.finished
            if step.kind is StepKind.TOOL and step.call_id in results
            for chunk in plan(_gave(step, results[step.call_id]))
        ]
    return tuple(sorted(notes, key=lambda chunk: (chunk.reply_index, chunk.chunk_index)))


def _begins(step: StepRecord) -> str:
    arguments = step.payload.get("arguments") or {}
    said = ", ".join(f"{name}: {value}" for name, value in arguments.items() if isinstance(value, str | int | float))
    shown = shorten(" ".join(said.replace("`", "'").split()), ARGUMENTS_CHARS).replace("\n", " ")
    return f"Using {step.name}" + (f": `{shown}`" if shown else "")


def _gave(step: StepRecord, result: ToolResultBlock) -> str:
    text = shorten(result.text.strip().replace("```", '"""'), RESULT_CHARS)
    return f"{step.name}{' failed' if result.is_error else ''}:\n```\n{text}\n```"


def _thoughts(said: Sequence[Message]) -> str:
    blocks = [block for message in said for block in message.blocks if isinstance(block, ThinkingBlock)]
    return "\n\n".join(block.text.strip() for block in blocks if block.text.strip())


def _quoted(thoughts: str) -> str:
    return "*Thinking*\n\n" + "\n".join(f"> {line}" for line in thoughts.splitlines())


def _usage_line(level: str, usage: Usage, model: str) -> str:
    asked = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    tokens = f"{asked:,} tokens in, {usage.output_tokens:,} out"
    match level:
        case "tokens":
            return f"_{tokens}_"
        case "full":
            cached = f", {usage.cache_read_tokens:,} of them cached" if usage.cache_read_tokens else ""
            cost = f", {usd(usage.cost_microusd)}" if usage.cost_microusd else ""
            return f"_{tokens}{cached}{cost}, {model}_"
    return ""


def _nothing(_text: str) -> tuple[ReplyChunk, ...]:
    return ()
