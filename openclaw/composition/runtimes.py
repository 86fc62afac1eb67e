"""Agent runtimes by config version: built at first use, unchanged providers and accounts shared between them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from openclaw.agent.ending import PlanReplies
from openclaw.agent.profile import AgentProfile
from openclaw.agent.runtime import AgentRuntime
from openclaw.composition.auth_profiles import Stored
from openclaw.composition.channels import AccountPool, ConfiguredAccounts, account_rules
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.mcp import McpShelf
from openclaw.composition.models import ConfiguredModels, ProviderPool
from openclaw.composition.skills import skill_shelf
from openclaw.composition.tool_policy import tool_book
from openclaw.domain.account_rules import AccountRules
from openclaw.domain.context_guard import window_of
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.memory_scope import remembers
from openclaw.domain.reply_rules import USUAL_REPLIES, ReplyRules
from openclaw.domain.speech import SpeechRules
from openclaw.errors import ConfigError, RedisUnavailable
from openclaw.mcp.pool import McpPool
from openclaw.plugins.registry import Registry
from openclaw.ports.accounts import Errand, ErrandBell
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities, MessageEditor, StreamSender
from openclaw.ports.channel_connection import sends_over_connection
from openclaw.ports.config_store import ConfigStore
from openclaw.ports.mcp import SeenTools
from openclaw.ports.model_health import ModelHealth
from openclaw.ports.models import ProfileUse
from openclaw.ports.preview import PreviewSurface
from openclaw.ports.send_limiter import SendLimiter
from openclaw.ports.store import ReplyChunk
from openclaw.reply.plan import plan_replies
from openclaw.reply.preview_surface import EditedMessage, StreamedMessage
from openclaw.settings.schema import Agent, Messages, Settings
from openclaw.skills.reading import SkillFiles

#: Versions kept ready at a time; a run of an older one has its runtime built again.
KEPT_RUNTIMES = 4
#: Beyond the longest run, before what only old versions use is closed.
GRACE_SECONDS = 60.0
#: Typing notes that may wait for a slow platform; more are left out.
MAX_TYPING = 64

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Built:
    runtime: AgentRuntime
    accounts: ConfiguredAccounts
    models: ConfiguredModels
    mcp: McpShelf


class VersionedRuntimes:
    """Implements ``Runtimes`` for one worker process. Thread-safe."""

    def __init__(
        self,
        live: LiveSettings,
        store: ConfigStore,
        registry: Registry,
        mcp: McpPool,
        seen: SeenTools,
        health: ModelHealth,
        stored: Callable[[], Stored],
        use: ProfileUse,
        limiter: SendLimiter,
        errands: ErrandBell,
    ) -> None:
        self._live = live
        self._store = store
        self._registry = registry
        self._mcp = mcp
        self._seen = seen
        self._health = health
        self._stored = stored
        self._use = use
        self._limiter = limiter
        self._errands = errands
        grace = max(live.settings.runs.total_seconds, live.settings.outbox.claim_seconds) + GRACE_SECONDS
        self._accounts: AccountPool = AccountPool(grace)
        self._providers: ProviderPool = ProviderPool(grace)
        self._skill_files = SkillFiles()
        self._built: OrderedDict[int, _Built] = OrderedDict()
        self._lock = threading.Lock()
        # The platform's answer to a typing signal must not hold up the model.
        self._typing_room = threading.BoundedSemaphore(MAX_TYPING)
        self._typing = ThreadPoolExecutor(max_workers=4, thread_name_prefix="typing")
        # As many previews as are shown at once; what does not find a thread is shown later or not at all.
        self._previews = ThreadPoolExecutor(max_workers=8, thread_name_prefix="preview")
        live.on_change(lambda *_: self.tidy())

    def __call__(self, version: int | None) -> AgentRuntime:
        """The runtime of a version, the current one for ``None``."""
        return self._of(version).runtime

    def account(self, channel: str, account_id: str) -> ChannelAccount | None:
        """An account as it is configured now: the outbox belongs to no run."""
        return self._of(None).accounts.account(channel, account_id)

    def usable_account(self, channel: str, account_id: str) -> ChannelAccount | None:
        """The same, and ``None`` when its section is wrong: whoever sends is told then."""
        try:
            return self.account(channel, account_id)
        except ConfigError:
            return None

    def capabilities(self, channel: str) -> ChannelCapabilities:
        return self._of(None).accounts.capabilities(channel)

    def _of(self, version: int | None) -> _Built:
        wanted = self._live.current.version if version is None else version
        found = self._built.get(wanted)
        if found is not None:
            return found
        settings = self._live.settings_of(version, self._store)
        with self._lock:
            if wanted not in self._built:
                self._built[wanted] = self._build(wanted, settings)
                while len(self._built) > KEPT_RUNTIMES:
                    self._built.popitem(last=False)
            return self._built[wanted]

    def _build(self, version: int, settings: Settings) -> _Built:
        accounts = ConfiguredAccounts(settings, self._registry, self._accounts)
        agents = settings.agents.by_id
        models = ConfiguredModels(
            providers=settings.models.providers,
            agents=agents,
            registry=self._registry,
            pool=self._providers,
            health=self._health,
            aliases=settings.models.aliases,
            stored=self._stored,
            use=self._use,
        )
        mcp = McpShelf(self._mcp, settings, self._seen)
        runtime = AgentRuntime(
            version=version,
            agents={agent.id: _profile(agent) for agent in agents.values()},
            router=models,
            tools=self._registry.tools,
            tool_book=tool_book(settings),
            budgets=settings.budgets,
            is_private=partial(remembers, private_sessions=settings.memory.private_sessions),
            writes_notes=settings.memory.enabled and settings.memory.flush,
            limits=settings.runs,
            plan_for=partial(_plan_for, accounts, settings.messages),
            reply_rules_for=partial(_reply_rules_for, accounts, settings.messages, account_rules(settings.channels)),
            preview_for=self._preview_shower(accounts, settings.messages),
            speech_for=partial(_speech_for, accounts, settings.tts.auto),
            show_typing=self._typing_shower(accounts),
            skills_of=skill_shelf(settings, self._skill_files).snapshot,
            remote_tools=mcp.tools,
        )
        for agent in agents.values():
            _warn_of_small_windows(agent, models)
        return _Built(runtime, accounts, models, mcp)

    def tidy_soon(self) -> None:
        """The same on a thread of its own: for whoever may hold locks of ours."""
        threading.Thread(target=self.tidy, name="tidy-runtimes", daemon=True).start()

    def tidy(self) -> None:
        """Close what no kept version uses any more."""
        current = self._of(None)
        with self._lock:
            kept = list(self._built.values())
        self._accounts.retain(set().union(*(built.accounts.keys() for built in kept)))
        # A turn of an earlier version may need one again: it is started anew then.
        self._mcp.retain(current.mcp.servers)
        self._providers.retain(set().union(*(built.models.keys() for built in kept)))

    def _preview_shower(
        self, accounts: ConfiguredAccounts, messages: Messages
    ) -> Callable[[ReplyRoute], PreviewSurface | None]:
        def shower(route: ReplyRoute) -> PreviewSurface | None:
            capabilities = accounts.capabilities(route.channel)
            if route.channel == "client" or not capabilities.edits:
                return None
            account = _usable(accounts, route.channel, route.account)
            editor: object = account
            if account is None or not isinstance(editor, MessageEditor) or sends_over_connection(editor):
                return None
            rules = messages.replies_for(route.channel)
            edited = EditedMessage(account, editor, route, capabilities, rules, self._limiter, self._previews)
            return StreamedMessage(edited, account, route) if isinstance(account, StreamSender) else edited

        return shower

    def _typing_shower(self, accounts: ConfiguredAccounts) -> Callable[[ReplyRoute], None]:
        def show(route: ReplyRoute) -> None:
            if route.channel == "client" or not accounts.capabilities(route.channel).typing:
                return
            account = _usable(accounts, route.channel, route.account)
            if account is not None and self._typing_room.acquire(blocking=False):
                self._typing.submit(self._show_typing, account, route)

        return show

    def _show_typing(self, account: ChannelAccount, route: ReplyRoute) -> None:
        try:
            if sends_over_connection(account):
                name, place = (route.channel, route.account), (route.target, route.thread_id, route.reply_to)
                self._errands.ring(Errand("typing", name, "", *place))
            else:
                account.typing(route)
        except RedisUnavailable as error:
            log.debug("a typing note was left out: %s", error)
        finally:
            self._typing_room.release()


def _usable(accounts: ConfiguredAccounts, channel: str, account_id: str) -> ChannelAccount | None:
    """``None`` when its section is wrong, too: whoever sends the reply itself is told then."""
    try:
        return accounts.account(channel, account_id)
    except ConfigError:
        return None


def _plan_for(accounts: ConfiguredAccounts, messages: Messages, route: ReplyRoute) -> PlanReplies:
    """Clients read the stream; only channels get rows in the outbox."""
    if route.channel == "client":
        return _no_replies
    capabilities, rules = accounts.capabilities(route.channel), messages.replies_for(route.channel)
    return lambda text: plan_replies(text, capabilities, rules)


def _reply_rules_for(
    accounts: ConfiguredAccounts,
    messages: Messages,
    account_rules: Mapping[tuple[str, str], AccountRules],
    route: ReplyRoute,
) -> ReplyRules:
    """What is configured, as far as the channel can do it. Clients see the stream itself."""
    if route.channel == "client":
        return USUAL_REPLIES
    rules, capabilities = messages.replies_for(route.channel), accounts.capabilities(route.channel)
    blocks = rules.blocks
    if blocks is not None and blocks.smallest < capabilities.min_block_chars:
        largest = max(blocks.largest, capabilities.min_block_chars + blocks.largest - blocks.smallest)
        blocks = replace(blocks, smallest=capabilities.min_block_chars, largest=largest)
    own = account_rules.get((route.channel, route.account), AccountRules())
    return replace(rules, blocks=blocks, reply_to_mode=own.reply_to_mode)


def _speech_for(accounts: ConfiguredAccounts, mode: str, route: ReplyRoute) -> SpeechRules:
    """Clients have words made into sound themselves, when somebody listens."""
    if route.channel == "client":
        return SpeechRules()
    capabilities = accounts.capabilities(route.channel)
    return SpeechRules(mode, possible=capabilities.media, voice_notes=capabilities.voice_notes)


def _warn_of_small_windows(agent: Agent, models: ConfiguredModels) -> None:
    for candidate in models.candidates(agent.id):
        window = window_of(candidate.info.context_window, agent.context)
        if window.small:
            what = "too small to be used" if window.refused else "small: its conversations are cut early"
            log.warning("agent %s: the window of %s, %d tokens, is %s", agent.id, candidate.ref, window.size, what)


def _no_replies(_: str) -> tuple[ReplyChunk, ...]:
    return ()


def _profile(agent: Agent) -> AgentProfile:
    return AgentProfile(
        agent_id=agent.id,
        name=agent.name,
        workspace=Path(agent.workspace),
        instructions=agent.system_prompt,
        thinking=agent.thinking,
        context=agent.context,
    )
