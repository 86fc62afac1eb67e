"""The settings tree: what the programs get, complete and checked.

``ConfigFile`` is the shape of the TOML file; ``Settings`` is what comes out once defaults, environment and vendors
have been put in. Both are frozen; nothing here reads a file or the environment.
"""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openclaw.domain.ack import AckRules
from openclaw.domain.budgets import Budget
from openclaw.domain.context_guard import GuardLimits
from openclaw.domain.heartbeat import HeartbeatRules
from openclaw.domain.mention_gate import GroupRules
from openclaw.domain.queue_mode import QueueSettings
from openclaw.domain.reply_rules import ReplyRules
from openclaw.domain.routing import Binding
from openclaw.domain.run import RunLimits
from openclaw.domain.session_key import SessionRules
from openclaw.domain.subagents import USUAL_RULES, SubagentRules
from openclaw.ports.provider import ModelRef, ProviderConfig
from openclaw.ports.secrets import Secret
from openclaw.settings.option import option
from openclaw.settings.sections.approvals import Approvals
from openclaw.settings.sections.browser import BrowserSection
from openclaw.settings.sections.budgets import BudgetSection
from openclaw.settings.sections.discovery import Discovery
from openclaw.settings.sections.gateway import Flower, Gateway
from openclaw.settings.sections.hooks import Hooks
from openclaw.settings.sections.mcp import McpSection
from openclaw.settings.sections.memory import Memory
from openclaw.settings.sections.messages import BindingSection, MessagesSection
from openclaw.settings.sections.models import AgentSection, ModelsSection, ToolPolicy
from openclaw.settings.sections.session import BroadcastSection, SessionSection
from openclaw.settings.sections.skills import SkillsSection
from openclaw.settings.sections.storage import DatabaseSection, Log, Media, Redis
from openclaw.settings.sections.tools import ToolsSection
from openclaw.settings.sections.tts import TtsSection
from openclaw.settings.sections.work import ConnectorSection, Lanes, Outbox, Supervision, Worker

#: The agent section that is no agent.
DEFAULTS = "defaults"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The config file, key for key."""

    gateway: Gateway = option(meaning="Where the gateway listens and who may connect.", factory=Gateway)
    database: DatabaseSection = option(meaning="The database.", factory=DatabaseSection)
    redis: Redis = option(meaning="Redis or Valkey.", factory=Redis)
    lanes: Lanes = option(meaning="How many turns run at once.", factory=Lanes)
    worker: Worker = option(meaning="Worker processes.", factory=Worker)
    supervisor: Supervision = option(meaning="Parts that crash under `openclaw up`.", factory=Supervision)
    outbox: Outbox = option(meaning="How replies leave.", factory=Outbox)
    connector: ConnectorSection = option(meaning="Who holds connections of accounts.", factory=ConnectorSection)
    runs: RunLimits = option(meaning="When a run is ended from outside.", factory=RunLimits)
    models: ModelsSection = option(meaning="Model vendors.", factory=ModelsSection)
    agents: Mapping[str, AgentSection] = option(meaning="Agents by id.", factory=dict)
    budgets: tuple[BudgetSection, ...] = option((), "How much may be used; every entry that fits counts.")
    bindings: tuple[BindingSection, ...] = option((), "Which agent answers where; the first that fits best wins.")
    session: SessionSection = option(meaning="Who shares a conversation.", factory=SessionSection)
    broadcast: BroadcastSection = option(meaning="Conversations that several agents answer.", factory=BroadcastSection)
    messages: MessagesSection = option(meaning="How messages queue.", factory=MessagesSection)
    channels: Mapping[str, Any] = option(
        meaning="Accounts of channels; the channel itself checks the rest.",
        factory=dict,
        reload="part",
    )
    hooks: Hooks = option(meaning="Calls from outside that start something.", factory=Hooks)
    media: Media = option(meaning="The media store.", factory=Media)
    tts: TtsSection = option(meaning="Replies that are spoken.", factory=TtsSection)
    memory: Memory = option(meaning="What agents remember.", factory=Memory)
    log: Log = option(meaning="Logging.", factory=Log)
    flower: Flower = option(meaning="The Flower dashboard.", factory=Flower)
    discovery: Discovery = option(meaning="The gateway on the local network.", factory=Discovery)
    tools: ToolsSection = option(meaning="How tools work.", factory=ToolsSection)
    approvals: Approvals = option(meaning="Who decides what agents may do.", factory=Approvals)
    browser: BrowserSection = option(meaning="The browser of agents.", factory=BrowserSection)
    mcp: McpSection = option(meaning="Servers that bring tools.", factory=McpSection)
    skills: SkillsSection = option(meaning="Instructions for kinds of tasks.", factory=SkillsSection)


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent, complete."""

    id: str
    name: str
    default: bool
    model: ModelRef
    fallbacks: tuple[ModelRef, ...]
    workspace: Path
    #: A Celery queue of its own.
    queue: str | None = None
    system_prompt: str = ""
    #: A level of ``domain.dials.THINKING``; empty for the vendor's own default.
    thinking: str = ""
    tools: ToolPolicy = field(default_factory=ToolPolicy)
    context: GuardLimits = GuardLimits()
    #: Keys of the skills that it may have; ``None`` for all.
    skills: tuple[str, ...] | None = None
    subagents: SubagentRules = USUAL_RULES
    #: Empty for none of its own.
    emoji: str = ""
    #: ``None`` where nothing is said: then the workspace's file decides.
    heartbeat: HeartbeatRules | None = None


@dataclass(frozen=True, slots=True)
class Agents:
    """All agents; there is always at least one."""

    by_id: Mapping[str, Agent]
    default_id: str

    @property
    def default(self) -> Agent:
        return self.by_id[self.default_id]


@dataclass(frozen=True, slots=True)
class Models:
    """The vendors that are usable, by id; ``demo`` is always there."""

    providers: Mapping[str, ProviderConfig]
    #: Other names of models, in small letters.
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Messages:
    """How messages queue, and how replies leave."""

    queue: QueueSettings
    queue_by_channel: Mapping[str, QueueSettings]
    groups: GroupRules
    ack: AckRules
    replies: ReplyRules
    replies_by_channel: Mapping[str, ReplyRules]
    #: How long the first message of an idle session waits for what belongs to it, by channel; "" for the others. ms.
    gather_ms: Mapping[str, int] = field(default_factory=dict)

    def replies_for(self, channel: str) -> ReplyRules:
        """How replies leave on a channel."""
        return self.replies_by_channel.get(channel, self.replies)

    def queue_for(self, channel: str) -> QueueSettings:
        """The policy of a channel."""
        return self.queue_by_channel.get(channel, self.queue)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the programs need to know, settled."""

    home: Path
    #: What ``OPENCLAW_HOME`` says for child processes: the home before the profile is added.
    base_home: Path
    profile: str | None
    config_path: Path
    #: May hold a password.
    database_url: Secret
    redis: Redis
    gateway: Gateway
    flower: Flower
    lanes: Lanes
    worker: Worker
    supervisor: Supervision
    outbox: Outbox
    connector: ConnectorSection
    runs: RunLimits
    models: Models
    agents: Agents
    bindings: tuple[Binding, ...]
    session: SessionRules
    #: Conversations that several agents answer, in small letters: ``channel:id`` or an id → agents.
    broadcast: Mapping[str, tuple[str, ...]]
    budgets: tuple[Budget, ...]
    messages: Messages
    #: channel → account → its section, as the file has it but for ``${VAR}``: holds credentials.
    channels: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(repr=False)
    hooks: Hooks
    media: Media
    memory: Memory
    log: Log
    discovery: Discovery
    tools: ToolsSection
    approvals: Approvals
    browser: BrowserSection
    tts: TtsSection
    mcp: McpSection
    #: With the paths of folders settled.
    skills: SkillsSection
    #: The file as it was validated, environment included: what two versions are compared by.
    file: ConfigFile = field(repr=False)
    #: What this process touches once it serves.
    ready_file: Path | None = None
    #: Fault injection for tests: die at the ``openclaw.domain.crash_points`` that are marked in the run folder.
    crash_points: bool = False
    #: Variables the config file names, for child processes.
    referenced_variables: frozenset[str] = frozenset()

    @property
    def run_dir(self) -> Path:
        return self.home / "run"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def redis_dir(self) -> Path:
        return self.home / "redis"

    @property
    def media_dir(self) -> Path:
        return self.home / "media"

    @property
    def sessions_dir(self) -> Path:
        """Where exports of sessions go."""
        return self.home / "sessions"

    @property
    def skills_dir(self) -> Path:
        """Skills for all agents."""
        return self.home / "skills"

    @property
    def token_path(self) -> Path:
        return self.home / "gateway.token"

    @property
    def http_url(self) -> str:
        """Where a client on this machine finds the gateway."""
        host = self.gateway.host
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - read, not bound
        return f"http://[{host}]:{self.gateway.port}" if ":" in host else f"http://{host}:{self.gateway.port}"

    @property
    def ws_url(self) -> str:
        return "ws" + self.http_url.removeprefix("http")

    @property
    def agent_queues(self) -> tuple[str, ...]:
        """Celery queues of agent turns: one per lane class, then the agents' own."""
        own = {agent.queue for agent in self.agents.by_id.values() if agent.queue}
        return (*(f"agent.{name}" for name in self.lanes.classes), *sorted(own))
