"""What a worker process runs turns, replies and maintenance with."""

from __future__ import annotations

import dataclasses
import logging
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from openclaw.agent.holds import HoldRegister
from openclaw.agent.runner import RunnerParts, TurnRunner
from openclaw.agent.turn_media import wait_id
from openclaw.composition.auth_profiles import stored_profiles
from openclaw.composition.browser_tool import ConfiguredBrowser, build_browser_desk
from openclaw.composition.config_editor import ConfigEditor
from openclaw.composition.config_follower import ConfigFollower
from openclaw.composition.crash import arm_crash_points
from openclaw.composition.delivery import build_deliverer
from openclaw.composition.embeddings import ConfiguredEmbedder
from openclaw.composition.exec_tools import jobs_of, tell_of_jobs
from openclaw.composition.heartbeats import build_heartbeat_desk
from openclaw.composition.intake import (
    build_approval_desk,
    build_event_desk,
    build_intake,
    build_keeper,
    build_node_desk,
    build_subagent_desk,
    follow_settings,
)
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.media import lookers
from openclaw.composition.memory import WorkerMemory, build_worker_memory
from openclaw.composition.model_health import build_model_health
from openclaw.composition.redis_parts import RedisParts, lanes_on, open_redis
from openclaw.composition.runtimes import VersionedRuntimes
from openclaw.composition.speech import ConfiguredVoice
from openclaw.composition.storage import Storage, open_storage
from openclaw.composition.tool_shelf import ToolParts, add_tools
from openclaw.coordination.accounts import RedisErrandBell
from openclaw.coordination.client import connect
from openclaw.coordination.coalescing import WINDOW_MS, CoalescingEmitter
from openclaw.coordination.profile_use import RedisProfileUse
from openclaw.coordination.send_limiter import RedisSendLimiter
from openclaw.coordination.signals import listen_cancels
from openclaw.domain.answered import Answered
from openclaw.domain.run import RunStatus
from openclaw.errors import RedisUnavailable
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.browser_desk import BrowserDesk
from openclaw.intake.event_desk import EventDesk
from openclaw.intake.heartbeat_desk import HeartbeatDesk
from openclaw.intake.lane_keeper import LaneKeeper, SweepReport
from openclaw.intake.node_desk import NodeDesk
from openclaw.intake.session_post import SessionMail
from openclaw.intake.subagent_desk import SubagentDesk
from openclaw.mcp.pool import McpPool
from openclaw.media.fetching import Fetching
from openclaw.media.speaking import Speaking
from openclaw.media.store import FileMediaStore
from openclaw.media.understanding import Understanding
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.accounts import Errand, ErrandBell
from openclaw.ports.browser import Browser
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities
from openclaw.ports.channel_connection import sends_over_connection
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.lanes import Hold, Lanes
from openclaw.ports.reactions import Reaction, ReactionBell
from openclaw.ports.send_limiter import SendLimiter
from openclaw.ports.store import Claim, FinishRequest
from openclaw.reply.deliver import Deliverer
from openclaw.reply.late_rings import LateRings, deliver_and_ring
from openclaw.reply.reacting import react
from openclaw.sandbox.jobs import Jobs

log = logging.getLogger(__name__)

#: Every so many live turns lengthen the gathering of text by one window, up to what still reads fluently.
TURNS_PER_WINDOW = 16
LONGEST_WINDOW_MS = 150
#: Runs that one sweep asks speech for.
SPEECH_PER_SWEEP = 100
#: Messages of deleted sessions that one sweep removes.
PURGE_PER_SWEEP = 2_000
DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """One process's worth."""

    runner: TurnRunner
    deliverer: Deliverer
    #: An account as it is configured now; ``None`` when it is not, or its section is wrong.
    account: Callable[[str, str], ChannelAccount | None]
    errands: ErrandBell
    capabilities: Callable[[str], ChannelCapabilities]
    limiter: SendLimiter
    late_rings: LateRings
    keeper: LaneKeeper
    events: EventDesk
    subagents: SubagentDesk
    heartbeats: HeartbeatDesk
    nodes: NodeDesk
    approvals: ApprovalDesk
    jobs: Jobs
    media: FileMediaStore
    memory: WorkerMemory
    understanding: Understanding
    fetching: Fetching
    speaking: Speaking
    browsers: BrowserDesk
    #: This process's.
    browser: Browser
    holds: HoldRegister
    storage: Storage
    redis: RedisParts
    follower: ConfigFollower
    clock: Clock
    #: How long files of conversations are kept.
    media_kept_ms: Callable[[], int]
    #: A lane engine on connections of its own, for the native renewing thread.
    renewing_lanes: Callable[[], Lanes]
    cancel_signals: Callable[[], Iterator[Hold | None]]

    def look_at_files(self, run_id: str) -> int:
        """Find the words for the files that a turn waits for, and let it go on; how many were looked at."""
        wait = self.storage.runs.wait(wait_id(run_id))
        if wait is None or wait.answer is not None:
            return 0
        self.fetching.fetch(wait.payload.get("fetch", ()))
        looked = self.understanding.look(wait.payload.get("files", ()))
        self.keeper.answer_wait(wait.id, {"outcome": "looked"})
        return looked

    def deliver(self, conversation: str) -> int:
        """Send what is due in a conversation, or let the connector that holds its account do so; how many left."""
        channel, account_id = conversation.split("|", 2)[:2]
        if sends_over_connection(self.account(channel, account_id)):
            self.errands.ring(Errand("deliver", (channel, account_id), conversation))
            return 0
        return deliver_and_ring(self.deliverer, self.late_rings, conversation)

    def react(self, reaction: Reaction) -> bool:
        """Put a reaction to a message, or let the connector that holds its account do so; whether it was done here."""
        name = (reaction.channel, reaction.account)
        account = self.account(*name)
        if account is None:
            return False
        if sends_over_connection(account):
            self.errands.ring(Errand("react", name, reaction=dataclasses.asdict(reaction)))
            return False
        return react(account, reaction, self.capabilities(reaction.channel), self.limiter)

    def browse(self, act_id: str, home: str) -> bool:
        """Do in this process's browser what a turn waits for; whether it was still to be done."""
        answer = self.browsers.work(act_id, home, self.browser, self._keep_picture)
        if answer is not None:
            self.keeper.answer_wait(act_id, answer)
        return answer is not None

    def _keep_picture(self, picture: bytes) -> str:
        return self.storage.media_files.keep(picture, "image/png", "page.png", self.clock()).id

    def sweep(self) -> SweepReport:
        """Find what lies about: sessions that no lane knows, overdue runs, due replies, turns owed for events, memory
        that is older than its files.
        """
        self.events.ask_wakes()
        self.subagents.sweep()
        self.heartbeats.tick()
        self.nodes.sweep()
        self.approvals.sweep()
        self.browsers.sweep()
        tell_of_jobs(self.jobs, self.events)
        self.jobs.sweep(self.clock())
        report = self.keeper.sweep()
        _ask_speech(self.redis, self.speaking.due(SPEECH_PER_SWEEP))
        self.memory.keeper.look()
        self.storage.media_files.forget(self.clock() - self.media_kept_ms(), PURGE_PER_SWEEP)
        # Last, and a little at a time: nobody waits for it.
        self.storage.session_desk.purge(PURGE_PER_SWEEP)
        return report


def build_worker_services(live: LiveSettings, registry: Registry | None = None) -> WorkerServices:
    """Build everything lazily connected, so that a forked child makes its own connections.

    ``registry`` is for embedders that bring tools or providers of their own; the built-in ones are added to it.
    """
    settings = live.settings
    arm_crash_points(settings)
    threads = settings.worker.concurrency
    storage = open_storage(settings, pool_size=min(threads, 32))
    redis_parts = open_redis(settings, max_connections=min(threads, 64) + 8)
    keeper = build_keeper(settings, storage, redis_parts)
    node_desk = build_node_desk(storage, redis_parts, keeper)
    registry = registry or Registry()
    register_builtin(registry)
    approval_desk = build_approval_desk(storage, redis_parts, keeper)
    follower = ConfigFollower(live, storage.config)
    editor = ConfigEditor(storage.config, live, follower.look, system_clock)
    memory = build_worker_memory(live, storage, redis_parts, ConfiguredEmbedder(live, registry, ahead=False))
    understanding = Understanding(storage.media_files, lambda: lookers(live, registry))
    stored = stored_profiles(live, storage, redis_parts)
    health = build_model_health(live, storage, redis_parts, stored)
    mcp = McpPool(settings.logs_dir)
    limiter = RedisSendLimiter(redis_parts.client)
    use = RedisProfileUse(redis_parts.client)
    errands = RedisErrandBell(redis_parts.client)
    runtimes = VersionedRuntimes(
        live, storage.config, registry, mcp, storage.mcp_tools, health, stored, use, limiter, errands
    )
    stored.on_change = runtimes.tidy_soon
    intake = build_intake(settings, storage, redis_parts, keeper)
    follow_settings(live, keeper, intake)
    events = build_event_desk(storage, intake)
    subagents = build_subagent_desk(live, storage, redis_parts, keeper, intake)
    heartbeats = build_heartbeat_desk(live, storage, redis_parts, intake, events)
    mail = SessionMail(intake, storage.control.run_view, keeper.answer_wait)
    voice = ConfiguredVoice(live, registry)
    parts = ToolParts(
        storage=storage,
        keeper=keeper,
        nodes=node_desk,
        approvals=approval_desk,
        editor=editor,
        notify=redis_parts.stream.notify,
        memory=memory.search,
        understanding=understanding,
        subagents=subagents,
        mail=mail,
        voice=voice,
        bell=redis_parts.doorbell,
    )
    add_tools(registry, live, parts)
    holds = HoldRegister(settings.lanes.lease_seconds, lambda: live.settings.runs)
    late_rings = LateRings(keeper.ring_replies, system_clock)
    runner_parts = RunnerParts(
        lanes=redis_parts.lanes,
        keeper=keeper,
        control=storage.control,
        runs=storage.runs,
        budgets=storage.budgets,
        files=storage.media_files,
        look_at_files=redis_parts.doorbell.ring_look,
        holds=holds,
        runtimes=runtimes,
        open_emitter=lambda run: CoalescingEmitter(
            redis_parts.stream, run, system_clock, window_ms=lambda: _window_ms(len(holds))
        ),
        owner=f"{socket.gethostname()}:{os.getpid()}",
        clock=system_clock,
        ring_later=late_rings.ring_at,
        ask_wakes=events.ask_wakes,
        ask_speech=lambda run_id: _ask_speech(redis_parts, [run_id]),
        turn_ended=partial(
            _turn_ended, subagents, mail, heartbeats, partial(_take_ack_away, live, redis_parts.doorbell)
        ),
    )
    deliverer = build_deliverer(live, storage, runtimes.account, runtimes.capabilities, limiter)
    keeper.recover_row = deliverer.recover
    return WorkerServices(
        runner=TurnRunner(runner_parts),
        deliverer=deliverer,
        account=runtimes.usable_account,
        errands=errands,
        capabilities=runtimes.capabilities,
        limiter=limiter,
        late_rings=late_rings,
        keeper=keeper,
        events=events,
        subagents=subagents,
        heartbeats=heartbeats,
        nodes=node_desk,
        approvals=approval_desk,
        jobs=jobs_of(settings),
        media=FileMediaStore(
            settings.media_dir, max_bytes=settings.media.max_bytes, ttl_seconds=settings.media.ttl_seconds
        ),
        memory=memory,
        understanding=understanding,
        fetching=Fetching(storage.media_files, runtimes.usable_account, lambda: live.settings.media.max_bytes),
        browsers=build_browser_desk(settings, storage, redis_parts.doorbell),
        browser=ConfiguredBrowser(settings),
        speaking=Speaking(storage.speech, voice, keeper.ring_replies, system_clock),
        holds=holds,
        storage=storage,
        redis=redis_parts,
        follower=follower,
        clock=system_clock,
        media_kept_ms=lambda: int(live.settings.media.kept_days * DAY_MS),
        renewing_lanes=lambda: lanes_on(connect(redis_parts.url, max_connections=2), settings),
        cancel_signals=lambda: listen_cancels(redis_parts.open_blocking, lambda: False),
    )


def _ask_speech(redis_parts: RedisParts, run_ids: list[str]) -> None:
    """The sweep asks again for what is not heard of here."""
    try:
        redis_parts.doorbell.ring_speech(run_ids)
    except RedisUnavailable as error:
        log.warning("the speech of %d replies is late: %s", len(run_ids), error)


def _take_ack_away(live: LiveSettings, bell: ReactionBell, claim: Claim, request: FinishRequest) -> None:
    """The reply says what the reaction said."""
    answered = Answered.from_options(claim.options)
    if not (answered.ack and request.replies and live.settings.messages.ack.remove_after_reply):
        return
    try:
        bell.ring_reaction(Reaction.to(claim.route, answered.message_id, answered.ack, remove=True))
    except RedisUnavailable as error:
        log.warning("a reaction stays: %s", error)


def _turn_ended(
    subagents: SubagentDesk,
    mail: SessionMail,
    heartbeats: HeartbeatDesk,
    take_ack_away: Callable[[Claim, FinishRequest], None],
    claim: Claim,
    request: FinishRequest,
) -> None:
    """Let those sessions hear of a turn's end that wait for it, or for whom it worked."""
    take_ack_away(claim, request)
    heartbeats.turn_ended(claim, request)
    mail.turn_ended(claim.options, claim.run_id)
    subagents.turn_ended(claim.session_key, claim.run_id, stopped=request.status is RunStatus.ABORTED)


def _window_ms(live_turns: int) -> int:
    """How long text is gathered: each send costs as much as the token itself, so many turns send less often."""
    return min(WINDOW_MS * (1 + live_turns // TURNS_PER_WINDOW), LONGEST_WINDOW_MS)
