"""What the store is asked to accept: an envelope, where its route leads, and the policy that holds there."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from openclaw.domain.access import requires_mention
from openclaw.domain.ack import ack_of
from openclaw.domain.answered import ANSWERED, Answered
from openclaw.domain.broadcast import LABEL
from openclaw.domain.envelope import InboundEnvelope, Peer
from openclaw.domain.mention_gate import ALWAYS, MENTION, GroupRules, gate_of, is_followed
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.policy import IntakePolicy
from openclaw.intake.reading import Hints
from openclaw.intake.route import Route
from openclaw.ports.store import AcceptRequest, FreshStart


def channel_request(
    policy: IntakePolicy,
    route: Route,
    envelope: InboundEnvelope,
    source_key: str,
    hints: Hints,
    fresh: FreshStart | None,
    now_ms: int,
) -> tuple[AcceptRequest, str]:
    """For what somebody wrote on a channel; and the reaction that it gets at once, empty for none."""
    groups = _groups_at(policy, envelope)
    gate = gate_of(envelope, groups)
    ack = ack_of(envelope, policy.ack, policy.emoji.get(route.agent_id, ""), addressed=not gate)
    options = {
        **hints.options,
        ANSWERED: Answered.of(envelope, ack).to_json(),
        **({LABEL: route.label} if route.label else {}),
    }
    request = replace(
        _request(policy, route, envelope, str(uuid.uuid4()), source_key, now_ms),
        options=options,
        wish=hints.wish,
        fresh=fresh,
        gate="" if fresh else gate,
        followed=is_followed(envelope, route.session_key, groups),
        overheard_cap=groups.history,
        gather_ms=policy.gather_ms.get(envelope.channel, policy.gather_ms.get("", 0)),
    )
    return request, ack


def client_request(
    policy: IntakePolicy,
    route: Route,
    envelope: InboundEnvelope,
    hints: Hints,
    options: dict[str, Any],
    fresh: FreshStart | None,
    now_ms: int,
) -> AcceptRequest:
    """For what an operator wrote in a client; the event's id is the run's."""
    source_key = f"client:{route.session_key}:{envelope.event_id}"
    request = _request(policy, route, envelope, envelope.event_id, source_key, now_ms)
    return replace(request, client=True, options={**options, **hints.options}, wish=hints.wish, fresh=fresh)


def machine_request(policy: IntakePolicy, route: Route, message: MachineMessage, now_ms: int) -> AcceptRequest:
    """For what no person wrote."""
    envelope = InboundEnvelope(
        channel="client",
        account="default",
        event_id=message.source_key,
        peer=Peer("direct", message.sender.id),
        sender=message.sender,
        text=message.text,
        route=message.route,
    )
    return replace(
        _request(policy, route, envelope, message.run_id, message.source_key, now_ms),
        background=message.background,
        client=True,
        options=dict(message.options),
        archived=message.archived,
        fresh=message.fresh,
    )


def _request(
    policy: IntakePolicy, route: Route, envelope: InboundEnvelope, run_id: str, source_key: str, now_ms: int
) -> AcceptRequest:
    return AcceptRequest(
        envelope=envelope,
        session_key=route.session_key,
        agent_id=route.agent_id,
        lane_class=route.lane_class,
        queue=route.queue,
        mode=route.mode,
        settings=route.settings,
        run_id=run_id,
        source_key=source_key,
        now_ms=now_ms,
        max_pending_session=policy.max_pending_session,
        max_pending_class=route.max_pending_class,
    )


def _groups_at(policy: IntakePolicy, envelope: InboundEnvelope) -> GroupRules:
    """``[messages.groups]``, as far as the account says nothing else of the group."""
    rules = policy.rules_for(envelope)
    needed = None if rules is None else requires_mention(rules, envelope)
    return policy.groups if needed is None else replace(policy.groups, activation=MENTION if needed else ALWAYS)
