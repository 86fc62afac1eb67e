"""``[messages]`` and ``[[bindings]]``: how messages queue, and which agent gets them."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.settings.option import option


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


@dataclass(frozen=True, slots=True)
class MessagesSection:
    """``[messages]``"""

    queue: QueueSection = option(meaning="The session queue.", factory=QueueSection)


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
