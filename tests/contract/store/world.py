"""A store with a clock that stands still, and short words for what happens to it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select

from openclaw.domain.envelope import CLIENT_ROUTE, InboundEnvelope, MediaRef, Peer, RemoteFile, ReplyRoute, Sender
from openclaw.domain.queue_mode import QueueMode, QueueSettings
from openclaw.domain.run import RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.transcript import Message, assistant_text
from openclaw.ports.store import (
    Accepted,
    AcceptRequest,
    Claim,
    Committed,
    Finished,
    FinishRequest,
    NoWork,
    ReplyChunk,
    RunChanges,
    StepRecord,
    Wait,
)
from openclaw.store import Database
from openclaw.store.repositories.control import SqlControlStore
from openclaw.store.repositories.intake import SqlIntakeStore
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.runs import SqlRunStore
from openclaw.store.repositories.sessions import SqlSessionQueries
from openclaw.store.repositories.sweep import SqlSweepStore

KEY = "agent:main:telegram:default:direct:ann"
ROUTE = ReplyRoute("telegram", "default", "ann")
START_MS = 1_800_000_000_000


def text_step(index: int) -> StepRecord:
    """A finished model call."""
    return StepRecord(index, StepKind.MODEL, StepStatus.FINISHED, 0, payload={"provider": "demo", "model": "echo"})


def tool_step(index: int, status: StepStatus, call_id: str = "call-1") -> StepRecord:
    return StepRecord(index, StepKind.TOOL, status, 0, call_id=call_id, name="read", payload={"path": "a"})


@dataclass
class World:
    """Everything a test does, it does through the ports."""

    database: Database
    now: int = START_MS
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _fences: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.intake = SqlIntakeStore(self.database)
        self.runs = SqlRunStore(self.database)
        self.control = SqlControlStore(self.database)
        self.sweep = SqlSweepStore(self.database)
        self.outbox = SqlOutboxStore(self.database)
        self.sessions = SqlSessionQueries(self.database)

    def request(
        self,
        text: str = "hello",
        mode: QueueMode = QueueMode.COLLECT,
        *,
        key: str = KEY,
        sender: str = "ann",
        owner: bool = False,
        route: ReplyRoute = ROUTE,
        settings: QueueSettings | None = None,
        run_id: str | None = None,
        source: str | None = None,
        media: tuple[MediaRef, ...] = (),
        files: tuple[RemoteFile, ...] = (),
        **more: Any,
    ) -> AcceptRequest:
        number = next(self._numbers)
        client = more.get("client", False)
        envelope = InboundEnvelope(
            channel="client" if client else "telegram",
            account="default",
            event_id=f"event-{number}",
            peer=Peer("direct", "ann"),
            sender=Sender(sender, sender.title(), is_owner=owner or client),
            text=text,
            route=CLIENT_ROUTE if client else route,
            message_id=f"m{number}",
            media=media,
            files=files,
        )
        defaults: dict[str, Any] = {"max_pending_session": 100, "max_pending_class": 1000, "options": {}}
        return AcceptRequest(
            envelope=envelope,
            session_key=key,
            agent_id="main",
            lane_class="main",
            queue="agent.main",
            mode=mode,
            settings=settings or QueueSettings(mode=mode),
            run_id=run_id or f"run-{number}",
            source_key=source or f"telegram:default:event-{number}",
            now_ms=self.now,
            **{**defaults, **more},
        )

    def send(self, text: str = "hello", mode: QueueMode = QueueMode.COLLECT, **more: Any) -> Accepted:
        return self.intake.accept(self.request(text, mode, **more))

    def fence(self) -> int:
        return next(self._fences)

    def claim(self, session_id: int) -> Claim | NoWork:
        return self.runs.claim(session_id, self.fence(), "host-1", self.now)

    def turn(self, session_id: int) -> Claim:
        claim = self.claim(session_id)
        assert isinstance(claim, Claim), claim
        return claim

    def running(self, text: str = "first", **more: Any) -> Claim:
        """A session with a turn in flight."""
        return self.turn(self.send(text, **more).session_id)

    def commit(self, claim: Claim, *messages: Message, **more: Any) -> Committed:
        return self.runs.commit(claim, RunChanges(messages=messages, **more), self.now)

    def end(
        self,
        claim: Claim,
        text: str = "done",
        status: RunStatus = RunStatus.SUCCEEDED,
        replies: tuple[str, ...] = (),
        **more: Any,
    ) -> Finished | Committed:
        messages = (assistant_text(text),) if status is RunStatus.SUCCEEDED else ()
        return self.runs.finish(
            claim,
            FinishRequest(
                status=status,
                stop_reason="stop",
                changes=RunChanges(messages=messages, usage=Usage(10, 5)),
                replies=tuple(ReplyChunk(reply, 0, n) for n, reply in enumerate(replies)),
                provider="demo",
                model="demo/echo",
                now_ms=self.now,
                text=text if messages else "",
                **more,
            ),
        )

    def finish(self, claim: Claim, text: str = "done", **more: Any) -> Finished:
        ended = self.end(claim, text, **more)
        assert isinstance(ended, Finished), ended
        return ended

    def suspend(self, claim: Claim, wait_id: str = "wait-1", due_at_ms: int = 0) -> object:
        wait = Wait(wait_id, "approval", "call-1", {"ask": "?"}, due_at_ms)
        return self.runs.suspend(claim, RunChanges(), wait, self.now)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows, by primary key."""
        with self.database.read() as connection:
            return [dict(r) for r in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def disposition(self, run_id: str) -> str | None:
        view = self.control.run_view(run_id)
        assert view is not None
        return None if view.disposition is None else view.disposition.value
