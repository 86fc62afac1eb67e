"""What the gateway is built from: ports and plain facts, put together by the composition.

Nothing in ``web`` knows which database, which Redis or which settings file is behind these.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from openclaw.domain.chat_commands import Command
from openclaw.domain.envelope import InboundEnvelope, MediaRef, ReplyRoute, Sender
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.speech import Speech
from openclaw.domain.tool_chain import ToolBook
from openclaw.domain.tool_policy import SurfaceRules
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.event_desk import EventDesk
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.node_desk import NodeDesk
from openclaw.intake.reading import NO_HINTS, Hints, Reading, Rights
from openclaw.intake.route import Route
from openclaw.intake.sender_desk import SenderDesk
from openclaw.ports.auth_limiter import AuthLimiter, LimiterRule
from openclaw.ports.channel import ChannelAccount, ChannelPlugin
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.devices import DeviceStore
from openclaw.ports.embedding import Embedder
from openclaw.ports.heartbeats import HeartbeatStore
from openclaw.ports.media import MediaStore
from openclaw.ports.media_files import MediaFiles
from openclaw.ports.model_health import Probe, VendorStanding
from openclaw.ports.model_lists import Catalogue
from openclaw.ports.presence import PresenceBoard
from openclaw.ports.provider import ModelInfo
from openclaw.ports.secrets import Secret
from openclaw.ports.speech import Sound
from openclaw.ports.store import (
    Aborted,
    Accepted,
    ControlStore,
    FreshStart,
    SessionDesk,
    SessionQueries,
    TaskQueries,
    TranscriptSearch,
    UsageQueries,
)
from openclaw.ports.stream import RunStream
from openclaw.ports.tool import Tool
from openclaw.reply.messenger import Messenger
from openclaw.reply.outbox_desk import OutboxDesk
from openclaw.settings.sections.gateway import HttpApi
from openclaw.settings.sections.tts import TtsSection
from web.account_desk import AccountDesk
from web.config_watch import ConfigWatch
from web.discovery import Announcer
from web.http.hooks.policy import HookPolicy
from web.memory_desk import MemoryDesk
from web.route_desk import RouteDesk
from web.skill_desk import SkillDesk
from web.startup import Startup

AuthMode = Literal["token", "password", "trusted-proxy", "none"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SpeechVendors(Protocol):
    """Who speaks, as the configuration is now. Thread-safe."""

    def section(self) -> TtsSection:
        """``[tts]``"""
        ...

    def usable(self) -> tuple[str, ...]:
        """Those who can be asked, in the order in which they are."""
        ...

    def speak(self, speech: Speech) -> Sound:
        """Raises SpeechFailed when none of them could."""
        ...


class ModelVendors(Protocol):
    """The configured model vendors. Thread-safe."""

    def standings(self) -> Sequence[VendorStanding]:
        """Who there is and who rests. Raises StoreUnavailable."""
        ...

    def probe(self, provider: str, timeout_seconds: float) -> Probe:
        """Whether one answers. Raises InvalidRequest for an unknown one."""
        ...

    def catalogue(self, *, refresh: bool = False, prepared_only: bool = False) -> Catalogue:
        """Every model that is configured, comes along or is listed by its vendor.

        Takes seconds where vendors are asked: with ``refresh`` all, with ``prepared_only`` none, else those whose list
        is old.
        """
        ...


class Intake(Protocol):
    """The way in for messages and for the commands that must not queue. Thread-safe."""

    def submit_envelope(self, envelope: InboundEnvelope) -> Accepted | None:
        """Make a channel's message durable; ``None`` for a command that was carried out, or what is not admitted."""
        ...

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
        """Make a client's message durable. Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable."""
        ...

    def submit_machine_message(self, message: MachineMessage) -> Accepted:
        """Make what no person wrote durable. Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable."""
        ...

    def read(self, text: str, rights: Rights) -> Reading:
        """Read a message: its commands, directives and shortcuts."""
        ...

    def fresh_start(self, command: Command, rights: Rights) -> tuple[FreshStart, str]:
        """What a ``/new`` begins with, and the first message, which may be empty."""
        ...

    def answer_commands(self, commands: Sequence[Command], session_key: str, sender: str, rights: Rights) -> str | None:
        """What to say to commands; ``None`` when one is carried out elsewhere."""
        ...

    def route_of(self, session_key: str, agent_id: str | None) -> Route:
        """Where a client's session belongs. Raises InvalidRequest or UnknownAgent."""
        ...

    def abort(self, session_key: str, run_id: str | None, reason: str = "rpc") -> Aborted:
        """Abort one promised run of a session, or everything of it."""
        ...


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """A configured agent as clients see it. ``model`` is ``provider/model``."""

    id: str
    name: str = ""
    default: bool = False
    model: str = ""
    workspace: str = ""
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthPolicy:
    """How clients prove themselves. Either secret is taken in either field of the wire."""

    mode: AuthMode = "token"
    token: Secret | None = None
    password: Secret | None = None
    #: Browser origins that may connect besides the gateway's own address.
    allowed_origins: tuple[str, ...] = ()
    #: Proxies whose word counts for who is calling and from where.
    trusted_proxies: tuple[Network, ...] = ()
    user_header: str = "x-forwarded-user"
    required_headers: tuple[str, ...] = ()
    #: Users that a proxy may name; empty for all.
    allow_users: tuple[str, ...] = ()
    allow_real_ip: bool = False
    allow_tailscale: bool = False
    limiter: LimiterRule = field(default_factory=LimiterRule)
    exempt_loopback: bool = True

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple(secret for secret in (self.token, self.password) if secret)


@dataclass(frozen=True, slots=True)
class Limits:
    """The bandwidth gate and the gateway's times."""

    handshake_seconds: float = 10.0
    #: Bytes of one frame before ``connect`` has succeeded.
    max_handshake_payload: int = 65_536
    #: Bytes of one frame afterwards.
    max_payload: int = 26_214_400
    #: Bytes waiting for one connection past which it is closed as too slow.
    max_buffered: int = 52_428_800
    #: Bytes waiting past which text deltas are left out: later ones carry the whole text anyway.
    delta_buffer: int = 1_048_576
    tick_ms: int = 30_000
    ping_seconds: float = 25.0
    #: A connection that takes not a byte for this long is cut.
    send_timeout_seconds: float = 30.0
    health_seconds: float = 60.0
    #: Answer to a wrong secret is held back this long.
    refusal_delay_seconds: float = 0.25


@dataclass(frozen=True, slots=True)
class ConfiguredAccount:
    """An account of a channel from the configuration. ``account`` is ``None`` when it is disabled."""

    channel: str
    account_id: str
    account: ChannelAccount | None
    mode: str = ""
    default: bool = False
    #: Why it is off although it is configured.
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """What of the configuration the gateway goes by. Exchanged as a whole when the configuration changes."""

    agents: tuple[AgentFacts, ...]
    models: tuple[ModelInfo, ...] = ()
    accounts: tuple[ConfiguredAccount, ...] = ()
    auth: AuthPolicy = field(default_factory=AuthPolicy)
    limits: Limits = field(default_factory=Limits)
    hooks: HookPolicy = field(default_factory=HookPolicy)
    #: What holds for callers of single tools beside what holds for the agent.
    tool_rules: SurfaceRules = field(default_factory=SurfaceRules)
    tool_book: ToolBook = field(default_factory=ToolBook)
    #: The queue mode of messages that name none.
    queue_mode: str = QueueMode.COLLECT.value
    #: Where clients elsewhere reach the gateway; empty when nobody said.
    public_url: str = ""
    http: HttpApi = field(default_factory=HttpApi)
    #: The ids of the model vendors.
    vendors: tuple[str, ...] = ()
    #: Who may decide from a chat: ``channel:sender``.
    approvers: tuple[str, ...] = ()
    #: Other names of models, in small letters.
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def default_agent(self) -> AgentFacts:
        return next((agent for agent in self.agents if agent.default), self.agents[0])

    def agent(self, agent_id: str) -> AgentFacts | None:
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def account(self, channel: str, account_id: str) -> ConfiguredAccount | None:
        return next((a for a in self.accounts if (a.channel, a.account_id) == (channel, account_id)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayServices:
    """Everything a gateway process needs, as long as it lives. Ask ``facts`` anew for what may change."""

    intake: Intake
    events: EventDesk
    sessions: SessionQueries
    session_desk: SessionDesk
    search: TranscriptSearch
    tasks: TaskQueries
    outbox: OutboxDesk
    usage: UsageQueries
    control: ControlStore
    stream: RunStream
    #: The configuration as it is now.
    current: Callable[[], GatewayFacts]
    messenger: Messenger
    channels: Mapping[str, ChannelPlugin] = field(default_factory=dict)
    #: Looked at for their schemas; they run in workers.
    tools: Mapping[str, Tool] = field(default_factory=dict)
    #: Those of MCP servers, as workers have last seen them.
    remote_tools: Callable[[], Mapping[str, Tool]] = dict
    #: Who brought each tool.
    tool_sources: Mapping[str, str] = field(default_factory=dict)
    state_dir: Path = Path()
    config_path: Path | None = None
    log_file: Path | None = None
    version: str = "0"
    #: Starts a new conversation under a session key; its new uuid, ``None`` for an unknown key.
    reset_session: Callable[[str], str | None]
    devices: DeviceStore
    auth_limiter: AuthLimiter
    presence: PresenceBoard
    nodes: NodeDesk
    approvals: ApprovalDesk
    senders: SenderDesk
    heartbeats: HeartbeatStore
    files: MediaFiles
    speech: SpeechVendors
    models: ModelVendors
    accounts: AccountDesk
    #: Which node hangs on which connection of which gateway.
    node_board: PresenceBoard
    #: Whose a tailnet address is.
    whois: Callable[[str], str | None] = lambda _address: None
    #: Readiness: each raises when its part is away.
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    lanes_summary: Callable[[], dict[str, Any]] = dict
    #: Messages that were not admitted since the process began, by channel, account and reason.
    refusals: Callable[[], Mapping[tuple[str, str, str], int]] = dict
    media: MediaStore | None = None
    embedder: Embedder | None = None
    memory: MemoryDesk | None = None
    skills: SkillDesk | None = None
    #: ``None`` for a gateway that knows no configuration.
    routes: RouteDesk | None = None
    #: Watches, follows and edits the configuration; ``None`` for a gateway that is given one once and for all.
    config: ConfigWatch | None = None
    #: Tells the local network of this gateway; ``None`` for one that is not to be found.
    announcer: Announcer | None = None
    #: Ends this process for a new one, gracefully; ``None`` where nobody would start it.
    restart: Callable[[], None] | None = None
    #: Steps that are done already; the gateway adds its own.
    startup: Startup = field(default_factory=Startup)
    clock: Clock = system_clock

    @property
    def facts(self) -> GatewayFacts:
        return self.current()
