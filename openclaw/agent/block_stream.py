"""Sends what is finished of an answer while the rest is still being written.

Every block is a row of the outbox, committed under the turn's fence together with the step that it belongs to, which
remembers what has left. A model that is asked again goes on behind what it said before; what it says otherwise is sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from openclaw.agent.ending import PlanReplies
from openclaw.domain.reply_blocks import BlockLimits, behind, block_end
from openclaw.domain.run import StepKind, StepStatus
from openclaw.domain.silence import may_be_silent
from openclaw.domain.speech import as_shown
from openclaw.ports.clock import Clock
from openclaw.ports.store import ReplyChunk, StepRecord

#: What a model step that is not finished remembers of its answer: the blocks that have left.
SENT = "sent"
#: New characters after which it is looked again whether a block is finished.
_LOOK_CHARS = 100

#: Puts rows into the outbox with the index of their step and all blocks of it that have left. Raises StaleFence.
Say = Callable[[int, Sequence[str], Sequence[ReplyChunk]], None]


def sent_before(steps: Sequence[StepRecord]) -> list[str]:
    """What has left of an answer that was cut short by the end of its worker."""
    last = next((step for step in reversed(steps) if step.kind is StepKind.MODEL), None)
    if last is None or last.status is not StepStatus.STARTED:
        return []
    return list(last.payload.get(SENT, ()))


@dataclass(slots=True)
class BlockStream:
    """For one turn and its thread."""

    limits: BlockLimits
    #: The shortest and the longest pause before a block, in milliseconds; both 0 for none.
    pause_ms: tuple[int, int]
    plan: PlanReplies
    say: Say
    clock: Clock
    #: What stands before the answer.
    prefix: Callable[[], str] = lambda: ""
    #: The blocks of the current answer that have left.
    sent: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)
    _index: int = 0
    _said: list[str] = field(default_factory=list)
    _unseen: int = 0
    _heard_ms: int = 0
    _due_ms: int = 0

    def begin(self, index: int) -> None:
        """The model is asked for the step of this index."""
        self._index, self._heard_ms = index, self.clock()
        self.restart()

    def restart(self) -> None:
        """What was said is void; what has left has left."""
        self._said.clear()
        self._unseen = 0

    def text(self, delta: str) -> None:
        """The model said something. Raises StaleFence."""
        self.tick()
        self._heard_ms = self.clock()
        self._said.append(delta)
        self._unseen += len(delta)
        if self._unseen >= _LOOK_CHARS or "\n" in delta:
            self._unseen = 0
            self._look(idle=False)

    def tick(self) -> None:
        """Some time has passed. Raises StaleFence."""
        if self._said and self.clock() - self._heard_ms >= self.limits.idle_ms:
            self._heard_ms = self.clock()
            self._look(idle=True)

    def rest(self, reply: str) -> str:
        """What of a finished answer has not left."""
        at = behind(reply, self.sent, complete=True) or 0
        return reply[at:].strip("\n") if at else reply

    def close(self, reply: str) -> None:
        """Let the rest of an answer go that is not the turn's last. Raises StaleFence."""
        rest = self.rest(reply)
        if rest.strip() and not may_be_silent(reply):
            self._send(rest)
        self.sent.clear()

    def paced(self, chunks: Sequence[ReplyChunk]) -> tuple[ReplyChunk, ...]:
        """The same with the pause that stands before them, when something has left before."""
        if not (self.sent and chunks and self.pause_ms[1]):
            return tuple(chunks)
        now = self.clock()
        self._due_ms = max(self._due_ms, now) + self.chance.randint(*self.pause_ms)
        return (replace(chunks[0], delay_ms=self._due_ms - now), *chunks[1:])

    def _look(self, *, idle: bool) -> None:
        shown = as_shown("".join(self._said)).lstrip()
        if may_be_silent(shown):
            return
        at = behind(shown, self.sent, complete=False)
        while at is not None and (end := block_end(shown[at:], self.limits, idle=idle)):
            self._send(shown[at : at + end])
            at += end

    def _opening(self) -> str:
        return "" if self.sent else self.prefix()

    def _send(self, block: str) -> None:
        chunks = [
            replace(chunk, reply_index=len(self.sent)) for chunk in self.plan(self._opening() + block.strip("\n"))
        ]
        if chunks:
            self.say(self._index, [*self.sent, block], self.paced(chunks))
            self.sent.append(block)
