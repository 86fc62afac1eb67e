"""``[messages]`` and ``[[bindings]]``: how messages queue, and which agent gets them."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.ack import ACK_SCOPES, AckRules
from openclaw.domain.dials import ACTIVATION
from openclaw.domain.mention_gate import THREAD_RULES, GroupRules
from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.reply_blocks import BlockLimits
from openclaw.domain.reply_rules import CHUNK_MODES, PAUSES, PREVIEW_MODES, TYPING_MODES, ReplyRules
from openclaw.settings.option import Option, describe, option


@dataclass(frozen=True, slots=True)
class QueueOverride:
    """``[messages.queue.by_channel.<channel>]``: what is left out comes from ``[messages.queue]``."""

    mode: QueueMode | None = option(None, "Queue mode of the channel.")
    debounce_ms: int | None = option(None, "Quiet time before a gathered message runs.", minimum=0)
    max_wait_ms: int | None = option(None, "The longest a gathered message waits.", minimum=0)
    cap: int | None = option(None, "Messages that may wait.", minimum=1)
    drop: DropPolicy | None = option(None, "What gives way at the cap.")


_POLICY = QueueSettings()


@dataclass(frozen=True, slots=True)
class QueueSection:
    """``[messages.queue]``"""

    mode: QueueMode = option(_POLICY.mode, "What a message does when its session is busy.")
    debounce_ms: int = option(_POLICY.debounce_ms, "Quiet time before a gathered message runs.", minimum=0)
    max_wait_ms: int = option(_POLICY.max_wait_ms, "The longest a gathered message waits.", minimum=0)
    cap: int = option(_POLICY.cap, "Messages that may wait in one session.", minimum=1)
    drop: DropPolicy = option(_POLICY.drop, "What gives way at the cap: the newcomer, the oldest, or its wording.")
    by_channel: Mapping[str, QueueOverride] = option(
        meaning="Other policies per channel; a bare string is the mode.", factory=dict
    )


_GROUPS = GroupRules()


@dataclass(frozen=True, slots=True)
class GroupsSection:
    """``[messages.groups]``"""

    activation: str = option(
        _GROUPS.activation,
        "Whether groups are answered only when they speak to the assistant; `/activation` says it for one.",
        one_of=ACTIVATION.levels,
    )
    mention_patterns: tuple[str, ...] = option(
        (),
        "Regular expressions, whatever their case: words that speak to the assistant, beside mentions.",
        form="regex",
    )
    threads: str = option(
        _GROUPS.threads,
        "Whether a thread or topic is answered without a mention once the assistant has had a turn in it.",
        one_of=THREAD_RULES,
    )
    history: int = option(
        _GROUPS.history, "Messages to others that the next turn reads at most.", minimum=0, maximum=200
    )


_REPLIES = ReplyRules()


@dataclass(frozen=True, slots=True)
class ReplyOverride:
    """``[messages.replies.by_channel.<channel>]``: what is left out comes from ``[messages.replies]``."""

    chunk_mode: str | None = option(None, "How its replies are cut.", one_of=CHUNK_MODES)
    typing: str | None = option(None, "When it shows that the assistant writes.", one_of=TYPING_MODES)
    prefix: str | None = option(None, "What stands before its replies.")


@dataclass(frozen=True, slots=True)
class RepliesSection:
    """``[messages.replies]``"""

    chunk_mode: str = option(
        _REPLIES.chunk_mode,
        "Whether replies are cut only because of their length, or at every blank line first.",
        one_of=CHUNK_MODES,
    )
    typing: str | None = option(
        None,
        "When platforms show that the assistant writes: never, from the beginning, once the model is at work, or once "
        "it says something.",
        one_of=TYPING_MODES,
        default_says="instant for direct messages and mentions, else message",
    )
    prefix: str = option(
        "",
        "What stands before a reply. `{model}`, `{provider}`, `{thinking_level}` and `{identity.name}` are filled in.",
    )
    by_channel: Mapping[str, ReplyOverride] = option(meaning="Other rules per channel.", factory=dict)


_BLOCKS = BlockLimits()


@dataclass(frozen=True, slots=True)
class StreamingOverride:
    """``[messages.streaming.by_channel.<channel>]``: what is left out comes from ``[messages.streaming]``."""

    block: bool | None = option(None, "Whether finished parts of a long answer leave while the rest is written.")
    min_chars: int | None = option(None, "The smallest part that leaves.", minimum=64)
    max_chars: int | None = option(None, "The largest part, where the text can be cut.", minimum=64)
    preview: str | None = option(None, "What is shown of an answer in the making.", one_of=PREVIEW_MODES)
    idle_ms: int | None = option(None, "A pause of the writer after which smaller parts leave.", minimum=0)
    pause: str | None = option(None, "The pause before every further part.", one_of=PAUSES)


@dataclass(frozen=True, slots=True)
class StreamingSection:
    """``[messages.streaming]``"""

    block: bool = option(False, "Whether finished parts of a long answer leave while the rest is written.")
    preview: str = option(
        _REPLIES.preview,
        "What is shown of an answer in the making, where messages can be edited and parts do not leave early: nothing, "
        "its words, its finished parts, or which tools work for it.",
        one_of=PREVIEW_MODES,
    )
    min_chars: int = option(_BLOCKS.smallest, "The smallest part that leaves.", minimum=64)
    max_chars: int = option(_BLOCKS.largest, "The largest part, where the text can be cut.", minimum=64)
    idle_ms: int = option(_BLOCKS.idle_ms, "A pause of the writer after which parts of half the size leave.", minimum=0)
    pause: str = option(
        "off", "The pause before every further part: none, or one as people make it, 0.8 to 2.5 s.", one_of=PAUSES
    )
    by_channel: Mapping[str, StreamingOverride] = option(meaning="Other rules per channel.", factory=dict)


describe(
    AckRules,
    {
        "scope": Option(
            "Which messages get a reaction as soon as they are accepted: none, direct ones, those that speak to the "
            "assistant in groups, all in groups, or all. Where the platform has reactions.",
            one_of=ACK_SCOPES,
        ),
        "emoji": Option("The reaction.", default_says="the agent's `emoji`, else 👀"),
        "remove_after_reply": Option("Whether the reaction is taken away once the reply leaves."),
    },
)


@dataclass(frozen=True, slots=True)
class InboundSection:
    """``[messages.inbound]``"""

    debounce_ms: int = option(
        0,
        "Quiet time before the first message of an idle session runs, so that what is written in pieces is read as "
        "one; a file and `max_wait_ms` end it. 0: it runs at once, and only what follows is gathered.",
        minimum=0,
    )
    by_channel: Mapping[str, int] = option(meaning="The same for single channels.", factory=dict)


@dataclass(frozen=True, slots=True)
class MessagesSection:
    """``[messages]``"""

    inbound: InboundSection = option(meaning="Messages of channels as they come in.", factory=InboundSection)

    ack: AckRules = option(meaning="Reactions that acknowledge messages.", factory=AckRules)
    groups: GroupsSection = option(meaning="When groups are answered.", factory=GroupsSection)

    queue: QueueSection = option(meaning="The session queue.", factory=QueueSection)
    replies: RepliesSection = option(meaning="How replies are cut and sent.", factory=RepliesSection)
    streaming: StreamingSection = option(meaning="What is shown of an answer in the making.", factory=StreamingSection)


@dataclass(frozen=True, slots=True)
class PeerMatch:
    """``peer = { kind, id }``"""

    kind: str = option(
        meaning="Kind of conversation; `group` and `channel` match each other.",
        one_of=("direct", "dm", "group", "channel"),
    )
    id: str = option(meaning="The platform's id of it.")


@dataclass(frozen=True, slots=True)
class BindingMatch:
    """``match = { … }``"""

    channel: str = option(meaning="The channel.")
    account: str | None = option(None, 'The account; left out: the one named "default"; "*": any.')
    peer: PeerMatch | None = option(None, "The conversation.")
    guild: str | None = option(None, "The Discord server.")
    team: str | None = option(None, "The Slack workspace.")
    roles: tuple[str, ...] = option((), "Roles of which the sender has one; needs `guild`.")
    thread: str | None = option(None, "The thread or topic.")


@dataclass(frozen=True, slots=True)
class BindingSection:
    """``[[bindings]]``"""

    agent: str = option(meaning="The agent that answers.", form="agent")
    match: BindingMatch = option(meaning="What must hold.")
