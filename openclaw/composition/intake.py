"""Intake and the lane keeper, as gateways, workers and connectors share them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from openclaw import __version__
from openclaw.composition.channels import account_rules
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts, class_limits
from openclaw.composition.storage import Storage
from openclaw.coordination.rate_limiter import RedisRateLimiter
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.route_index import RouteIndex
from openclaw.domain.subagents import USUAL_RULES, SubagentRules
from openclaw.intake.accept import Intake
from openclaw.intake.amendments import Amendments
from openclaw.intake.approval_desk import ApprovalDesk, Voice
from openclaw.intake.command_desk import CommandDesk
from openclaw.intake.command_parts import CommandParts
from openclaw.intake.event_desk import EventDesk
from openclaw.intake.gatekeeper import Gatekeeper
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.node_desk import NodeDesk
from openclaw.intake.policy import AgentRoute, IntakePolicy, ModelFacts
from openclaw.intake.sender_desk import SenderDesk
from openclaw.intake.sender_desk import Voice as SenderVoice
from openclaw.intake.stopping import Stopper
from openclaw.intake.subagent_desk import SubagentDesk
from openclaw.ports.clock import system_clock
from openclaw.settings.schema import Settings


def build_keeper(settings: Settings, storage: Storage, redis_parts: RedisParts) -> LaneKeeper:
    return LaneKeeper(
        lanes=redis_parts.lanes,
        doorbell=redis_parts.doorbell,
        sweep=storage.sweep,
        outbox=storage.outbox,
        control=storage.control,
        limits=class_limits(settings),
        run_limits=settings.runs,
        clock=system_clock,
    )


def follow_settings(live: LiveSettings, keeper: LaneKeeper, intake: Intake) -> None:
    """Let the keeper's limits and the intake's policy follow the configuration."""
    live.on_change(lambda _before, after, _changes: keeper.follow(class_limits(after), after.runs))
    live.on_change(lambda _before, after, _changes: intake.follow(intake_policy(after)))


def build_intake(settings: Settings, storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper) -> Intake:
    """An intake by these settings; ``follow_settings`` lets it follow later ones."""
    stopper = build_stopper(storage, redis_parts, keeper)

    def submit(message: MachineMessage) -> object:
        # Commands are heard by the very intake that they give messages to.
        return intake.submit_machine_message(message)

    parts = CommandParts(
        sessions=storage.sessions,
        desk=storage.session_desk,
        control=storage.control,
        subagents=storage.subagents,
        budgets=storage.budgets,
        stopper=stopper,
        submit=submit,
        version=__version__,
        clock=system_clock,
    )
    intake = Intake(
        policy=intake_policy(settings),
        store=storage.intake,
        control=storage.control,
        outbox=storage.outbox,
        keeper=keeper,
        stopper=stopper,
        clock=system_clock,
        approvals=build_approval_desk(storage, redis_parts, keeper),
        commands=CommandDesk(parts),
        amendments=Amendments(storage.amender, storage.system_events.post, system_clock),
        gate=build_gatekeeper(storage, redis_parts, keeper),
        reactions=redis_parts.doorbell,
    )
    return intake


def build_gatekeeper(storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper) -> Gatekeeper:
    def say(route: ReplyRoute, text: str, key: str) -> None:
        if storage.outbox.enqueue_notice(route, text, key, system_clock()):
            keeper.ring_replies([route.conversation])

    voice = SenderVoice(redis_parts.stream.notify, keeper.ring_replies, say)
    desk = SenderDesk(storage.senders, voice, system_clock)
    return Gatekeeper(desk, RedisRateLimiter(redis_parts.client), say)


def build_stopper(storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper) -> Stopper:
    return Stopper(storage.control, storage.subagents, keeper, redis_parts.stream, system_clock)


def model_facts(settings: Settings) -> ModelFacts:
    """The models of a configuration, as commands speak of them."""
    infos = [model for config in settings.models.providers.values() for model in config.models]
    return ModelFacts(
        of_agent={agent.id: str(agent.model) for agent in settings.agents.by_id.values()},
        windows={f"{info.provider}/{info.id}": info.context_window for info in infos},
        thinking_of_agent={agent.id: agent.thinking for agent in settings.agents.by_id.values() if agent.thinking},
        aliases=settings.models.aliases,
        profiles={
            config.id: frozenset(profile.name for profile in config.profiles)
            for config in settings.models.providers.values()
            if config.profiles
        },
        thinking=frozenset(f"{info.provider}/{info.id}" for info in infos if info.reasoning),
    )


def build_event_desk(storage: Storage, intake: Intake) -> EventDesk:
    return EventDesk(storage.system_events, intake, system_clock)


def subagent_rules(live: LiveSettings, agent_id: str) -> SubagentRules:
    """What an agent may open, as it is configured now."""
    agent = live.settings.agents.by_id.get(agent_id)
    return USUAL_RULES if agent is None else agent.subagents


def build_subagent_desk(
    live: LiveSettings, storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper, intake: Intake
) -> SubagentDesk:
    """A desk that goes by the settings as they are at each moment."""
    return SubagentDesk(
        storage.subagents,
        intake,
        build_stopper(storage, redis_parts, keeper),
        storage.session_desk,
        system_clock,
        partial(subagent_rules, live),
        lambda name: model_facts(live.settings).found(name),
    )


def build_node_desk(storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper) -> NodeDesk:
    return NodeDesk(storage.nodes, redis_parts.stream.notify, keeper.answer_wait, system_clock)


def build_approval_desk(storage: Storage, redis_parts: RedisParts, keeper: LaneKeeper) -> ApprovalDesk:
    def say(route: ReplyRoute, text: str, key: str, buttons: Sequence[tuple[str, str]]) -> None:
        if storage.outbox.enqueue_notice(route, text, key, system_clock(), buttons):
            keeper.ring_replies([route.conversation])

    voice = Voice(redis_parts.stream.notify, storage.sessions.last_route, say)
    return ApprovalDesk(storage.approvals, voice, keeper.answer_wait, system_clock)


def intake_policy(settings: Settings) -> IntakePolicy:
    """The settings as intake reads them."""
    default = settings.agents.default_id
    # Once per configuration, not once per message.
    index = RouteIndex(settings.bindings, default, settings.agents.by_id)
    return IntakePolicy(
        agents={a.id: AgentRoute(a.id, a.queue or "", a.name) for a in settings.agents.by_id.values()},
        default_agent=default,
        approvers=frozenset(settings.approvals.approvers),
        models=model_facts(settings),
        budgets=settings.budgets,
        choose_agent=lambda envelope: index.choose(envelope).agent_id,
        session=settings.session,
        broadcast=settings.broadcast,
        groups=settings.messages.groups,
        accounts=account_rules(settings.channels),
        ack=settings.messages.ack,
        emoji={agent.id: agent.emoji for agent in settings.agents.by_id.values() if agent.emoji},
        queue=settings.messages.queue,
        gather_ms=settings.messages.gather_ms,
        queue_by_channel=settings.messages.queue_by_channel,
        max_pending_session=settings.lanes.max_pending_session,
        max_pending_class={name: c.max_pending for name, c in settings.lanes.classes.items()},
    )
