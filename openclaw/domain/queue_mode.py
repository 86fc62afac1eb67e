"""The six queue modes, their caps and drop policies, as pure decisions.

Nothing here knows a clock or a database: callers pass the messages of one session and the time.
Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile


class QueueMode(StrEnum):
    """What a message does when its session is busy."""

    #: Ordinary FIFO: every message is a turn of its own, no cap, no debounce.
    QUEUE = "queue"
    #: A later turn of its own, under cap and debounce.
    FOLLOWUP = "followup"
    #: Gathered with its neighbours into one later turn (default).
    COLLECT = "collect"
    #: Into the running turn at its next commit, else a follow-up.
    STEER = "steer"
    #: Both: into the running turn, and a turn of its own.
    STEER_BACKLOG = "steer-backlog"
    #: Aborts the running turn and runs first.
    INTERRUPT = "interrupt"


ALIASES: dict[str, QueueMode] = {
    **{mode.value: mode for mode in QueueMode},
    "steer+backlog": QueueMode.STEER_BACKLOG,
    "follow-up": QueueMode.FOLLOWUP,
    "fifo": QueueMode.QUEUE,
}


class DropPolicy(StrEnum):
    """What gives way when the follow-up queue is at its cap."""

    NEW = "new"
    OLD = "old"
    SUMMARIZE = "summarize"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """One session's queue policy. Defaults follow OpenClaw (cap 20, debounce 1000 ms, summarize)."""

    mode: QueueMode = QueueMode.COLLECT
    debounce_ms: int = 1000
    #: A gathered message never waits longer than this for its neighbours.
    max_wait_ms: int = 5000
    cap: int = 20
    drop: DropPolicy = DropPolicy.SUMMARIZE


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """An unfinished inbound message, as the decision sees it."""

    ordinal: int
    mode: QueueMode
    #: Channel, account, target and thread, and whose permissions hold; only equal ones are merged.
    merge_key: str
    not_before_ms: int = 0
    background: bool = False


#: Modes that the cap counts. ``queue`` is bounded by max pending alone; ``interrupt`` is never a victim.
CAPPED = frozenset({QueueMode.FOLLOWUP, QueueMode.COLLECT, QueueMode.STEER, QueueMode.STEER_BACKLOG})
STEERING = frozenset({QueueMode.STEER, QueueMode.STEER_BACKLOG})
DEBOUNCED = frozenset({QueueMode.FOLLOWUP, QueueMode.COLLECT})


@dataclass(frozen=True, slots=True)
class Overflow:
    """What the cap asks for when one more message arrives."""

    reject_newcomer: bool = False
    victims: tuple[int, ...] = ()
    summarize: bool = False


def overflow(waiting: Sequence[QueuedMessage], newcomer: QueueMode, settings: QueueSettings) -> Overflow:
    """Decide who gives way when ``newcomer`` meets the ``waiting`` messages of its session."""
    if newcomer not in CAPPED or settings.cap < 1:
        return Overflow()
    capped = sorted(m.ordinal for m in waiting if m.mode in CAPPED)
    excess = len(capped) - settings.cap + 1
    if excess <= 0:
        return Overflow()
    if settings.drop is DropPolicy.NEW:
        return Overflow(reject_newcomer=True)
    return Overflow(victims=tuple(capped[:excess]), summarize=settings.drop is DropPolicy.SUMMARIZE)


def not_before(
    mode: QueueMode,
    *,
    busy: bool,
    now_ms: int,
    gathering_since_ms: int | None,
    settings: QueueSettings,
) -> int:
    """Say when a message may start: at once on an idle lane, else after the debounce.

    ``gathering_since_ms`` is when the oldest message of the same gathering arrived: the maximum wait counts from it.
    """
    if not busy or mode not in DEBOUNCED:
        return 0
    since = now_ms if gathering_since_ms is None else gathering_since_ms
    return min(now_ms + max(0, settings.debounce_ms), since + settings.max_wait_ms)


@dataclass(frozen=True, slots=True)
class NextTurn:
    """The messages that make the next turn, or when to look again.

    ``ordinals`` is empty when nothing is due; ``wait_until_ms`` is then the earliest time something is, or ``None``.
    """

    ordinals: tuple[int, ...] = ()
    wait_until_ms: int | None = None


def next_turn(unfinished: Sequence[QueuedMessage], now_ms: int) -> NextTurn:
    """Choose the next turn: an interrupt first, else the lowest unfinished ordinal.

    A collect message takes along the collect messages that follow it without another in between, as long as
    they share its route and permissions. While it gathers, later messages of other modes wait behind it.
    """
    if not unfinished:
        return NextTurn()
    ordered = sorted(unfinished, key=lambda m: m.ordinal)
    interrupts = [m for m in ordered if m.mode is QueueMode.INTERRUPT]
    if interrupts:
        return NextTurn(ordinals=(interrupts[0].ordinal,))
    head = ordered[0]
    if head.mode is not QueueMode.COLLECT:
        if head.not_before_ms > now_ms:
            return NextTurn(wait_until_ms=head.not_before_ms)
        return NextTurn(ordinals=(head.ordinal,))
    gathered = [head]
    for message in ordered[1:]:
        if message.mode is not QueueMode.COLLECT or message.merge_key != head.merge_key:
            break
        gathered.append(message)
    if head.not_before_ms == 0:
        # The lane was idle when the head arrived: it runs at once, with whatever needs no waiting either.
        return NextTurn(ordinals=tuple(m.ordinal for m in takewhile(lambda m: m.not_before_ms <= now_ms, gathered)))
    due = max(m.not_before_ms for m in gathered)
    # A later message of another kind ends the gathering: nothing more can join the head. So does one that waits for
    # nothing.
    closed = len(gathered) < len(ordered) or any(m.not_before_ms == 0 for m in gathered)
    if due > now_ms and not closed:
        return NextTurn(wait_until_ms=due)
    return NextTurn(ordinals=tuple(m.ordinal for m in gathered))


#: An overflow summary line is cut to this many characters (OpenClaw's constant).
SUMMARY_LINE_CHARS = 160


def summary_line(text: str) -> str:
    """One line for a dropped message: white space collapsed, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LINE_CHARS else line[: SUMMARY_LINE_CHARS - 1] + "…"


def overflow_block(dropped: Sequence[str], cap: int) -> str:
    """Tell the model what the cap dropped; empty when nothing was."""
    if not dropped:
        return ""
    lines = "\n".join(f"- {summary_line(text)}" for text in dropped[-cap:])
    noun = "message" if len(dropped) == 1 else "messages"
    return f"[{len(dropped)} queued {noun} dropped because the queue was full (cap {cap})]\nSummary:\n{lines}"


def collected_text(texts: Sequence[str], overflow_text: str = "") -> str:
    """The user text of a merged turn; a single message without overflow stays as it is."""
    if len(texts) == 1:
        return "\n\n".join(part for part in (overflow_text, texts[0]) if part)
    blocks = ["[Messages that arrived while the agent was busy]"]
    if overflow_text:
        blocks.append(overflow_text)
    blocks.extend(f"---\nQueued #{n}\n{text}" for n, text in enumerate(texts, start=1))
    return "\n\n".join(blocks)
