"""The gateway's ports in memory: an intake, a database and a worker that does what a test tells it to."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from openclaw.coordination.memory_auth_limiter import MemoryAuthLimiter
from openclaw.coordination.memory_presence import MemoryPresenceBoard
from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.chat_commands import Command
from openclaw.domain.envelope import InboundEnvelope, MediaRef, Peer, ReplyRoute, Sender
from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.domain.model_rest import Rest
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import Disposition, RunStatus, Usage
from openclaw.domain.session_key import canonical_session_key, parse_session_key
from openclaw.domain.speech import Speech
from openclaw.domain.transcript import Message, assistant_text, user_text
from openclaw.errors import ChannelRejected, InvalidRequest, OpenClawError, SpeechFailed, UnknownAgent, WebhookRejected
from openclaw.intake.approval_desk import ApprovalDesk, Voice
from openclaw.intake.event_desk import EventDesk
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.node_desk import NodeDesk
from openclaw.intake.policy import NO_MODELS
from openclaw.intake.reading import NO_HINTS, Hints, Reading, Rights, fresh_start, read_message
from openclaw.intake.sender_desk import SenderDesk
from openclaw.intake.sender_desk import Voice as SenderVoice
from openclaw.memory.plan import MemoryPlan
from openclaw.memory.search import MemorySearch
from openclaw.ports.accounts import AccountName, AccountStatus, Errand
from openclaw.ports.channel import ChannelCapabilities, Received, SendReceipt, WebhookRequest
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.lanes import LaneWork
from openclaw.ports.model_health import NamedProfile, NamedRest, Probe, VendorStanding
from openclaw.ports.model_lists import Catalogue, VendorList
from openclaw.ports.provider import ModelInfo, ModelRef
from openclaw.ports.secrets import Secret
from openclaw.ports.speech import MP3, OPUS, Sound
from openclaw.ports.store import (
    EVERY_SHOWN,
    Aborted,
    Accepted,
    FreshStart,
    RunningTurn,
    RunView,
    SessionFilter,
    SessionView,
    TranscriptEntry,
)
from openclaw.ports.stream import Notice
from openclaw.providers.demo.embedding import vector_of
from openclaw.reply.messenger import Messenger
from openclaw.reply.outbox_desk import OutboxDesk
from openclaw.settings.sections.tts import TtsSection
from openclaw.store import Database
from openclaw.store.models import metadata
from openclaw.store.repositories.approvals import SqlApprovalStore
from openclaw.store.repositories.channel_accounts import SqlAccountStore
from openclaw.store.repositories.devices import SqlDeviceStore
from openclaw.store.repositories.heartbeats import SqlHeartbeatStore
from openclaw.store.repositories.media_files import SqlMediaFiles
from openclaw.store.repositories.memory_search import SqlMemorySearch
from openclaw.store.repositories.nodes import SqlNodeStore
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.outbox_desk import SqlOutboxDesk
from openclaw.store.repositories.senders import SqlSenderStore
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.system_events import SqlSystemEventStore
from openclaw.store.repositories.tasks import SqlTaskQueries
from openclaw.store.repositories.transcript_search import SqlTranscriptSearch
from openclaw.store.repositories.usage import SqlUsageQueries
from web.account_desk import AccountDesk
from web.memory_desk import MemoryDesk
from web.services import AgentFacts, AuthPolicy, ConfiguredAccount, GatewayFacts, GatewayServices, Limits

TOKEN = "correct horse battery staple"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Session:
    id: int
    key: str
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    entries: list[TranscriptEntry] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    updated_at_ms: int = field(default_factory=now_ms)


class Desk:
    """Intake, control store and session queries over one dictionary. ``trouble`` is raised by whatever is asked."""

    def __init__(self, stream: MemoryRunStream | None = None) -> None:
        # Ticks often: a gateway that stops waits for the next one.
        self.stream = stream or MemoryRunStream(tick_seconds=0.05)
        self.sessions_by_key: dict[str, Session] = {}
        self.views: dict[str, RunView] = {}
        self.submitted: list[dict[str, Any]] = []
        self.envelopes: list[InboundEnvelope] = []
        self.machine_messages: list[MachineMessage] = []
        self.by_source: dict[str, str] = {}
        self.last_routes: dict[str, ReplyRoute] = {}
        self.aborts: list[tuple[str, str | None, str]] = []
        self.trouble: OpenClawError | None = None
        self.interrupts: RunningTurn | None = None
        #: What the worker does with an accepted message; runs on its own thread.
        self.work: Callable[[Turn], None] | None = None
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def _look(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def session_for(self, key: str) -> Session:
        with self._lock:
            if key not in self.sessions_by_key:
                self.sessions_by_key[key] = Session(next(self._ids), key)
            return self.sessions_by_key[key]

    # --- intake -----------------------------------------------------------------------------------------------

    def submit_client_message(
        self,
        *,
        session_key: str,
        message: str,
        idempotency_key: str,
        agent_id: str | None = None,
        mode: QueueMode | None = None,
        options: dict[str, Any] | None = None,
        sender: Sender | None = None,
        reply_route: ReplyRoute | None = None,
        hints: Hints = NO_HINTS,
        fresh: FreshStart | None = None,
        media: tuple[MediaRef, ...] = (),
    ) -> Accepted:
        self._look()
        session = self.session_for(canonical_session_key(session_key, agent_id or "main"))
        before = self.views.get(idempotency_key)
        if before is not None:
            status = before.status if before.status.is_final else None
            return Accepted(session.id, 1, idempotency_key, duplicate=True, disposition=None, run_status=status)
        self.submitted.append(
            {
                "key": session.key,
                "text": message,
                "run": idempotency_key,
                "mode": hints.wish.mode or mode,
                "options": {**(options or {}), **hints.options},
                **({"media": media} if media else {}),
                "fresh": fresh,
            }
        )
        turn = self.turn(session.key, idempotency_key)
        self.add(session.key, user_text(message), idempotency_key, {"idempotencyKey": idempotency_key})
        if self.work is not None:
            threading.Thread(target=self.work, args=(turn,), daemon=True).start()
        work = LaneWork(session.id, 1)
        return Accepted(session.id, 1, idempotency_key, work=work, interrupts=self.interrupts, pending=1)

    def submit_machine_message(self, message: MachineMessage) -> Accepted:
        self._look()
        key = canonical_session_key(message.session_key, message.agent_id or "main")
        if parse_session_key(key).agent_id not in ("main", "other"):
            raise UnknownAgent(f"unknown agent id in {key}")
        run_id = self.by_source.get(message.source_key)
        if run_id is not None:
            return Accepted(self.session_for(key).id, 1, run_id, duplicate=True)
        self.by_source[message.source_key] = message.run_id
        self.machine_messages.append(replace(message, session_key=key))
        turn = self.turn(key, message.run_id)
        if self.work is not None:
            threading.Thread(target=self.work, args=(turn,), daemon=True).start()
        return Accepted(turn.session.id, 1, message.run_id, work=LaneWork(turn.session.id, 1), pending=1)

    def read(self, text: str, rights: Rights) -> Reading:
        return read_message(text, rights, NO_MODELS)

    def fresh_start(self, command: Command, rights: Rights) -> tuple[FreshStart, str]:
        return fresh_start(command, rights, NO_MODELS)

    def answer_commands(self, commands: Sequence[Command], session_key: str, sender: str, rights: Rights) -> str | None:
        known = commands[0].name not in ("stop", "new", "reset", "compact")
        return f"/{commands[0].name} of {session_key} for {sender}" if known else None

    def submit_envelope(self, envelope: InboundEnvelope) -> Accepted | None:
        self._look()
        self.envelopes.append(envelope)
        return Accepted(1, len(self.envelopes), f"channel-{len(self.envelopes)}")

    def abort(self, session_key: str, run_id: str | None, reason: str = "rpc") -> Aborted:
        self._look()
        self.aborts.append((session_key, run_id, reason))
        session = self.session_for(session_key)
        open_runs = [
            id_ for id_ in session.runs if not self.views[id_].status.is_final and (run_id is None or id_ == run_id)
        ]
        running = tuple(RunningTurn(id_, session.id, 1) for id_ in open_runs if self.views[id_].started_at_ms)
        queued = tuple(id_ for id_ in open_runs if not self.views[id_].started_at_ms)
        for id_ in queued:
            self.views[id_] = replace(self.views[id_], disposition=Disposition.ABORTED)
            data: dict[str, object] = {"run_id": id_, "session_key": session_key, "agent_id": "main"}
            self.stream.notify(Notice("run.ended", {**data, "disposition": "aborted"}))
        return Aborted(session.id, running, queued)

    def reset_session(self, session_key: str) -> str | None:
        self._look()
        session = self.sessions_by_key.get(session_key)
        if session is None:
            return None
        session.uuid, session.entries = str(uuid.uuid4()), []
        return session.uuid

    # --- control ----------------------------------------------------------------------------------------------

    def run_view(self, run_id: str) -> RunView | None:
        self._look()
        return self.views.get(run_id)

    def turns_ended_since(self, since_ms: int, limit: int) -> list[RunView]:
        self._look()
        return [view for view in self.views.values() if view.status.is_final and view.ended_at_ms >= since_ms][-limit:]

    # --- reading ----------------------------------------------------------------------------------------------

    def list_sessions(
        self, wanted: SessionFilter = EVERY_SHOWN, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[SessionView], int]:
        self._look()
        agents = wanted.agent_ids
        found = [
            s for s in self.sessions_by_key.values() if agents is None or parse_session_key(s.key).agent_id in agents
        ]
        found.sort(key=lambda s: -s.updated_at_ms)
        return [self._view(s) for s in found[offset : offset + limit]], len(found)

    def busy_sessions(self, *, limit: int = 200) -> list[SessionView]:
        views = [self._view(session) for session in self.sessions_by_key.values()]
        return [view for view in views if view.pending][:limit]

    def session(self, session_key: str) -> SessionView | None:
        self._look()
        session = self.sessions_by_key.get(session_key)
        return self._view(session) if session is not None else None

    def _view(self, session: Session) -> SessionView:
        active = [id_ for id_ in session.runs if not self.views[id_].status.is_final]
        return SessionView(
            id=session.id,
            session_key=session.key,
            session_uuid=session.uuid,
            agent_id=parse_session_key(session.key).agent_id,
            lane_class="main",
            kind="direct",
            channel="client",
            display_name="",
            settings={},
            usage=Usage(10, 20),
            model="mock/mock-1",
            last_ordinal=len(session.runs),
            pending=len(active),
            active_run_id=active[0] if active else "",
            created_at_ms=session.updated_at_ms,
            updated_at_ms=session.updated_at_ms,
        )

    def history(
        self, session_key: str, *, limit: int = 200, before_seq: int | None = None
    ) -> tuple[list[TranscriptEntry], int]:
        self._look()
        session = self.sessions_by_key.get(session_key)
        entries = session.entries if session is not None else []
        return [e for e in entries if before_seq is None or e.seq < before_seq][-limit:], len(entries)

    def said(self, session_key: str, run_id: str) -> list[Message]:
        self._look()
        entries = self.session_for(session_key).entries
        return [e.message for e in entries if e.run_id == run_id and e.message.role == "assistant"]

    def last_route(self, session_key: str) -> ReplyRoute | None:
        self._look()
        return self.last_routes.get(session_key)

    def since(self, session_key: str, session_uuid: str, after_seq: int, limit: int) -> list[TranscriptEntry] | None:
        session = self.sessions_by_key.get(session_key)
        if session is None or session.uuid != session_uuid:
            return None
        return [entry for entry in session.entries if entry.seq > after_seq][:limit]

    def pending(self, session_key: str, limit: int = 50, before: int | None = None) -> list[dict[str, Any]]:
        return []

    def counts(self) -> dict[str, int]:
        self._look()
        return {"sessions": len(self.sessions_by_key), "pending": 0, "running": 0}

    def check(self) -> None:
        self._look()

    # --- the worker -------------------------------------------------------------------------------------------

    def turn(self, key: str, run_id: str, *, fence: int = 1) -> Turn:
        session = self.session_for(key)
        agent_id = parse_session_key(key).agent_id
        if run_id not in self.views:
            session.runs.append(run_id)
            self.views[run_id] = RunView(run_id, run_id, session.id, key, agent_id, RunStatus.QUEUED, None)
        return Turn(self, session, RunRef(run_id, session.id, key, agent_id, fence))

    def add(self, key: str, message: Message, run_id: str, facts: dict[str, Any]) -> None:
        session = self.session_for(key)
        seq = len(session.entries) + 1
        session.entries.append(TranscriptEntry(seq, f"entry-{session.id}-{seq}", message, run_id, now_ms(), facts))


@dataclass
class Turn:
    """One turn as a worker lives it: SQL first, then the stream."""

    desk: Desk
    session: Session
    ref: RunRef
    _offset: int = 0

    def emit(self, kind: EventKind, **data: Any) -> None:
        self.desk.stream.emit(self.ref, [RunEvent(kind, data, now_ms())])

    def start(self, **facts: Any) -> None:
        view = self.desk.views[self.ref.run_id]
        started = view.started_at_ms or now_ms()
        self.desk.views[self.ref.run_id] = replace(view, status=RunStatus.RUNNING, started_at_ms=started)
        self.emit(EventKind.STATUS, phase="preparing_context")
        self.emit(EventKind.START, started_at_ms=started, session_id=self.session.uuid, resumed=False, **facts)
        self.emit(EventKind.STATUS, phase="starting_model")
        self.emit(EventKind.MODEL, provider="mock", model="mock-1")

    def say(self, delta: str, item: str = "1") -> None:
        self.emit(EventKind.TEXT, delta=delta, offset=self._offset, item=item, replace=False)
        self._offset += len(delta)

    def commit(self, status: RunStatus, text: str = "", **facts: Any) -> None:
        """The end as SQL has it."""
        self.desk.views[self.ref.run_id] = replace(
            self.desk.views[self.ref.run_id],
            status=status,
            text=text,
            ended_at_ms=now_ms(),
            provider="mock",
            model="mock-1",
            **facts,
        )
        if text:
            told = {"provider": "mock", "model": "mock-1", "usage": {"input": 10, "output": 20}, "stopReason": "stop"}
            self.desk.add(self.ref.session_key, assistant_text(text), self.ref.run_id, told)

    def end(self, text: str = "", status: RunStatus = RunStatus.SUCCEEDED, **facts: Any) -> None:
        view_facts = {key: value for key, value in facts.items() if key in {"stop_reason", "error", "error_kind"}}
        self.commit(status, text, **view_facts)
        self.emit(EventKind.USAGE, output_tokens=20)
        self.emit(EventKind.MODEL, provider=None, model=None)
        view = self.desk.views[self.ref.run_id]
        self.emit(
            EventKind.END,
            **{
                "status": status.value,
                "stop_reason": "stop",
                "text": text,
                "error": "",
                "error_kind": "",
                "provider": "mock",
                "model": "mock-1",
                "usage": {"input": 10, "output": 20},
                "started_at_ms": view.started_at_ms,
                "ended_at_ms": view.ended_at_ms,
                "merged_run_ids": [],
                **facts,
            },
        )


def answer(text: str) -> Callable[[Turn], None]:
    """A worker that answers at once."""

    def work(turn: Turn) -> None:
        turn.start()
        turn.say(text)
        turn.end(text)

    return work


class DeafTwinAccount:
    """A channel account that nobody calls."""

    account_id = "default"

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        raise ChannelRejected("this twin only listens")

    def typing(self, route: ReplyRoute) -> None:
        return None

    def close(self) -> None:
        return None


class TwinAccount(DeafTwinAccount):
    """One whose platform calls it and signs with a word."""

    def receive(self, request: WebhookRequest) -> Received:
        if request.headers.get("x-twin-secret") != "open sesame":
            raise WebhookRejected("wrong secret")
        if not request.body.startswith(b"text:"):
            raise WebhookRejected("unreadable", http_status=400)
        text = request.body.removeprefix(b"text:").decode()
        route = ReplyRoute("twin", target="42")
        peer, sender = Peer("direct", "42"), Sender("42")
        return Received((InboundEnvelope("twin", "default", "event-1", peer, sender, text, route),))


class TwinChannel:
    name = "twin"
    label = "Twin"
    capabilities = ChannelCapabilities()

    def open_account(self, account_id: str, config: Any) -> TwinAccount:
        return TwinAccount()


@cache
def _template() -> Path:
    """An empty database of the current schema: copying it is quicker than making it."""
    folder = Path(tempfile.mkdtemp(prefix="oc-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database.connect(f"sqlite:///{folder}/empty.db")
    with database.write() as connection:
        metadata.create_all(connection)
    database.close()
    return folder / "empty.db"


def open_database(state_dir: Path) -> Database:
    """The database of a gateway whose other ports are twins."""
    path = state_dir / "openclaw.db"
    if not path.exists():
        shutil.copy(_template(), path)
    return Database.connect(f"sqlite:///{path}", pool_size=4)


class TwinEmbedder:
    """Makes vectors as the demo vendor does, without a vendor."""

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        return EmbeddedTexts(tuple(vector_of(text, dimensions or 256) for text in texts))


class TwinBoard:
    """How accounts stand, as tests say it."""

    def __init__(self) -> None:
        self.statuses: dict[AccountName, AccountStatus] = {}

    def show(self, name: AccountName, status: AccountStatus) -> None:
        self.statuses[name] = status

    def look(self, names: Sequence[AccountName]) -> dict[AccountName, AccountStatus]:
        return {name: self.statuses[name] for name in names if name in self.statuses}


class TwinBell:
    """Nobody hears it."""

    def __init__(self) -> None:
        self.rung: list[Errand] = []

    def ring(self, errand: Errand) -> None:
        self.rung.append(errand)


class TwinModels:
    """One vendor that rests and one that is well; a probe finds what the vendor is called.

    ``acme`` lists a model more once it is asked, ``bare`` refuses its key.
    """

    listed: tuple[ModelInfo, ...] = ()

    def catalogue(self, *, refresh: bool = False, prepared_only: bool = False) -> Catalogue:
        if refresh:
            self.listed = (ModelInfo("news", "acme", "News", 128_000),)
        known = {"acme": VendorList(), "bare": VendorList(reason="auth", error="bad key")}
        outcomes = {} if prepared_only else known
        return Catalogue((ModelInfo("big", "acme", "Big", 400_000), *self.listed), outcomes)

    def standings(self) -> list[VendorStanding]:
        rest = NamedRest("acme", "big", Rest("rate_limit", 1, until_ms=now_ms() + 60_000, error="slow down"))
        return [
            VendorStanding("acme", "openai-completions", True, True, ("big",), (rest,)),
            VendorStanding("bare", "anthropic-messages", False, True, ("m",), ()),
            VendorStanding("portal", "openai-completions", True, True, ("m",), (), (NamedProfile("login", "oauth"),)),
            VendorStanding("demo", "demo", False, False, ("echo",), ()),
        ]

    def probe(self, provider: str, timeout_seconds: float) -> Probe:
        if provider == "acme":
            return Probe("big", "rate_limit", "slow down", 12)
        if provider == "demo":
            return Probe("echo", latency_ms=int(timeout_seconds))
        raise InvalidRequest(f"unknown model provider {provider!r}; configured: acme, demo")


class TwinVoice:
    """Speaks the same sound, whatever the words."""

    def section(self) -> TtsSection:
        return TtsSection()

    def usable(self) -> tuple[str, ...]:
        return ("openai", "edge")

    def speak(self, speech: Speech) -> Sound:
        if "unspeakable" in speech.words:
            raise SpeechFailed("openai: HTTP 500; edge: no sound came")
        return Sound(b"ID3 sound", OPUS if speech.voice_note else MP3, speech.provider or "openai")


def memory_desk(database: Database, state_dir: Path, **plan: Any) -> MemoryDesk:
    """Memory over a real database, searched by words unless the plan says more."""
    made = MemoryPlan(workspaces={"main": state_dir / "workspace"}, **plan)
    store, embedder = SqlMemorySearch(database), TwinEmbedder()
    return MemoryDesk(MemorySearch(store, embedder, lambda: made), store, embedder, lambda: made)


def services(desk: Desk, state_dir: Path, **changes: Any) -> GatewayServices:
    """Services over a desk; ``changes`` replace fields of them or of their facts."""
    facts = GatewayFacts(
        agents=(
            AgentFacts("main", "Main", True, "mock/mock-1", str(state_dir / "workspace")),
            AgentFacts("other", model="mock/mock-1"),
        ),
        models=(ModelInfo("mock-1", "mock", "Mock 1", 128_000),),
        accounts=(
            ConfiguredAccount("twin", "default", TwinAccount(), "webhook", True),
            ConfiguredAccount("twin", "deaf", DeafTwinAccount(), "", True),
        ),
        auth=AuthPolicy(token=Secret(TOKEN)),
        limits=Limits(refusal_delay_seconds=0.01),
    )
    changed = {name: changes.pop(name) for name in list(changes) if name in GatewayFacts.__slots__}
    facts = replace(facts, **changed)
    database = open_database(state_dir)
    plain = GatewayServices(
        intake=desk,
        events=EventDesk(SqlSystemEventStore(database), desk, now_ms),
        sessions=desk,
        session_desk=SqlSessionDesk(database),
        search=SqlTranscriptSearch(database),
        tasks=SqlTaskQueries(database),
        outbox=OutboxDesk(SqlOutboxDesk(database), lambda _conversations: None, now_ms),
        usage=SqlUsageQueries(database),
        control=desk,  # type: ignore[arg-type]
        stream=desk.stream,
        messenger=Messenger(SqlOutboxStore(database), lambda _conversations: None, now_ms),
        current=lambda: facts,
        channels={"twin": TwinChannel()},
        state_dir=state_dir,
        config_path=state_dir / "config.toml",
        log_file=state_dir / "gateway.log",
        version="1.2.3",
        reset_session=desk.reset_session,
        devices=SqlDeviceStore(database),
        auth_limiter=MemoryAuthLimiter(),
        presence=MemoryPresenceBoard(),
        memory=memory_desk(database, state_dir),
        nodes=NodeDesk(SqlNodeStore(database), desk.stream.notify, lambda _id, _answer: None, now_ms),
        approvals=approval_desk(database, desk.stream.notify),
        senders=sender_desk(database, desk.stream.notify),
        heartbeats=SqlHeartbeatStore(database),
        files=SqlMediaFiles(database),
        speech=TwinVoice(),
        models=TwinModels(),
        accounts=AccountDesk(SqlAccountStore(database), TwinBoard(), TwinBell(), now_ms),
        node_board=MemoryPresenceBoard(),
        checks={"database": desk.check},
    )
    return replace(plain, **changes)


def approval_desk(database: Database, notify: Callable[[Notice], None]) -> ApprovalDesk:
    """Requests for approval in a database, of sessions that no chat belongs to and turns that nobody resumes."""
    voice = Voice(notify, lambda _key: None, lambda _route, _text, _key, _buttons: None)
    return ApprovalDesk(SqlApprovalStore(database), voice, lambda _id, _answer: None, now_ms)


def sender_desk(database: Database, notify: Callable[[Notice], None]) -> SenderDesk:
    """Strangers in a database; what they are told stays in the outbox."""
    outbox = SqlOutboxStore(database)
    voice = SenderVoice(
        notify, lambda _conversations: None, lambda route, text, key: outbox.enqueue_notice(route, text, key, now_ms())
    )
    return SenderDesk(SqlSenderStore(database), voice, now_ms)
