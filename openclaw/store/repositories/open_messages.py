"""A session's unfinished messages, as the decisions about its next turn see them.

Callers hold the session's row lock, so what they read stays true until they commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from openclaw.domain.mention_gate import Overheard
from openclaw.domain.queue_mode import STEERING, QueuedMessage, QueueMode, next_turn
from openclaw.ports.lanes import Outlook
from openclaw.store.models import inbound, sessions

#: How many are read at once. A turn never gathers more than this, however long the queue.
WINDOW = 200
#: A session lane id that SQL does not know has seen everything: nothing submitted to it is work.
SEEN_EVERYTHING = 2**53 - 1

_READ = (
    select(
        inbound.c.ordinal,
        inbound.c.run_id,
        inbound.c.mode,
        inbound.c.merge_key,
        inbound.c.sender_key,
        inbound.c.not_before_ms,
        inbound.c.background,
        inbound.c.turn_run_id,
        inbound.c.steered_run_id,
    )
    .where(inbound.c.session_id == bindparam("p_session"), inbound.c.open)
    # The running turn's own messages and interrupts must be in the window, wherever they stand in the queue.
    .order_by(
        inbound.c.turn_run_id.is_(None),
        inbound.c.mode != QueueMode.INTERRUPT.value,
        inbound.c.ordinal,
    )
    .limit(WINDOW)
)

_COUNT = select(func.count()).where(inbound.c.session_id == bindparam("p_session"), inbound.c.open)

_STEERS = (
    select(inbound.c.ordinal)
    .where(
        inbound.c.session_id == bindparam("p_session"),
        inbound.c.open,
        inbound.c.mode.in_(sorted(mode.value for mode in STEERING)),
        inbound.c.sender_key == bindparam("p_sender"),
        inbound.c.turn_run_id.is_(None),
        inbound.c.steered_run_id.is_(None),
    )
    .order_by(inbound.c.ordinal)
    .limit(WINDOW)
)


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """One unfinished message. ``turn_run_id`` is set when it belongs to the running turn."""

    ordinal: int
    run_id: str
    mode: QueueMode
    merge_key: str
    sender_key: str
    not_before_ms: int
    background: bool
    turn_run_id: str | None
    steered_run_id: str | None


@dataclass(frozen=True, slots=True)
class OpenMessages:
    """A session's unfinished messages: the running turn's own, and those that wait."""

    own: tuple[OpenMessage, ...]
    waiting: tuple[OpenMessage, ...]

    @property
    def total(self) -> int:
        return len(self.own) + len(self.waiting)

    def queued(self) -> list[QueuedMessage]:
        """The waiting ones as the domain decides about them."""
        return [QueuedMessage(m.ordinal, m.mode, m.merge_key, m.not_before_ms, m.background) for m in self.waiting]

    def steers(self, sender: str) -> list[int]:
        """Ordinals of the messages that may be steered into a turn of this sender's."""
        return [
            m.ordinal
            for m in self.waiting
            if m.mode in STEERING and m.sender_key == sender and m.steered_run_id is None
        ]

    def outlook(self, last_ordinal: int, now_ms: int) -> Outlook:
        """What the lane should expect once the running turn is over."""
        return Outlook(
            seen_ordinal=last_ordinal,
            more=bool(self.waiting),
            not_before_ms=next_turn(self.queued(), now_ms).wait_until_ms or 0,
            background=bool(self.waiting) and all(m.background for m in self.waiting),
        )


def read_open(connection: Connection, session_id: int) -> OpenMessages:
    """Read the first unfinished messages of a session, at most ``WINDOW``."""
    rows = [
        OpenMessage(row[0], row[1], QueueMode(row[2]), *row[3:])
        for row in connection.execute(_READ, {"p_session": session_id})
    ]
    return OpenMessages(
        own=tuple(m for m in rows if m.turn_run_id is not None),
        waiting=tuple(m for m in rows if m.turn_run_id is None),
    )


def count_open(connection: Connection, session_id: int, known: OpenMessages) -> int:
    """How many unfinished messages the session has; asks only when the window was full."""
    if known.total < WINDOW:
        return known.total
    return int(connection.execute(_COUNT, {"p_session": session_id}).scalar_one())


def waiting_steers(connection: Connection, session_id: int, sender: str) -> Sequence[int]:
    """Ordinals of the messages that may be steered into the running turn of this sender's."""
    return connection.execute(_STEERS, {"p_session": session_id, "p_sender": sender}).scalars().all()


#: The reason of what was not said to the assistant.
OVERHEARD = "not mentioned"

_UNHEARD = (
    inbound.c.session_id == bindparam("p_session"),
    inbound.c.reason == literal_column(f"'{OVERHEARD}'"),
    inbound.c.turn_run_id.is_(None),
)
_UNHEARD_TEXTS = (
    select(inbound.c.sender_name, inbound.c.sender_id, inbound.c.text)
    .where(*_UNHEARD)
    .order_by(inbound.c.ordinal.desc())
    .limit(bindparam("p_cap"))
)
_HEAR = update(inbound).where(*_UNHEARD).values(turn_run_id=bindparam("p_run"))
_HEARD_ALL = update(sessions).where(sessions.c.id == bindparam("p_session")).values(overheard=0)


def take_overheard(connection: Connection, session_id: int, run_id: str, cap: int) -> list[Overheard]:
    """The newest ``cap`` messages that were not said to the assistant since its last turn, oldest first."""
    newest = connection.execute(_UNHEARD_TEXTS, {"p_session": session_id, "p_cap": cap}).all()
    connection.execute(_HEAR, {"p_session": session_id, "p_run": run_id})
    connection.execute(_HEARD_ALL, {"p_session": session_id})
    return [Overheard(row.sender_name or row.sender_id, row.text) for row in reversed(newest)]


_UNTOLD = (
    inbound.c.session_id == bindparam("p_session"),
    inbound.c.reason == literal_column("'cap:summarize'"),
    inbound.c.turn_run_id.is_(None),
)
_UNTOLD_TEXTS = select(inbound.c.text).where(*_UNTOLD).order_by(inbound.c.ordinal.desc()).limit(bindparam("p_cap"))
_TELL = update(inbound).where(*_UNTOLD).values(turn_run_id=bindparam("p_run"))
_FORGET_SUMMARY = update(sessions).where(sessions.c.id == bindparam("p_session")).values(untold_drops=0, drop_cap=0)


def take_untold(connection: Connection, session_id: int, run_id: str, cap: int) -> list[str]:
    """The newest ``cap`` texts that the cap dropped and no turn has heard of yet; this turn will, oldest first."""
    newest = connection.execute(_UNTOLD_TEXTS, {"p_session": session_id, "p_cap": cap}).scalars().all()
    connection.execute(_TELL, {"p_session": session_id, "p_run": run_id})
    connection.execute(_FORGET_SUMMARY, {"p_session": session_id})
    return list(reversed(newest))
