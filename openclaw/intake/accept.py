"""Intake: one durable row per message, then its lane.

A caller may acknowledge its source (200, poll offset, socket ack) as soon as a method here has returned: the message
is in SQL. The lane is told afterwards, and telling it can fail without losing anything.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from openclaw.domain.account_rules import AccountRules
from openclaw.domain.chat_commands import Command
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.envelope import CLIENT_ROUTE, InboundEnvelope, MediaRef, Peer, ReplyRoute, Sender
from openclaw.domain.queue_mode import DropPolicy, QueueMode
from openclaw.domain.reply_target import ReplyTarget
from openclaw.domain.run import Disposition
from openclaw.errors import RedisUnavailable
from openclaw.intake.amendments import Amendments
from openclaw.intake.approval_desk import ApprovalDesk, decide_in_words
from openclaw.intake.command_desk import CommandDesk, may
from openclaw.intake.command_parts import Asker
from openclaw.intake.gatekeeper import Gatekeeper
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.intake.machine_message import MachineMessage, compaction_of
from openclaw.intake.policy import IntakePolicy
from openclaw.intake.reading import NO_HINTS, Hints, Reading, Rights, fresh_start, read_message
from openclaw.intake.requests import channel_request, client_request, machine_request
from openclaw.intake.route import Route, route_client, route_envelope
from openclaw.intake.sender_desk import decide_in_chat
from openclaw.intake.stopping import Stopper
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import TurnLabel
from openclaw.ports.reactions import Reaction, ReactionBell
from openclaw.ports.store import (
    Aborted,
    Accepted,
    AcceptRequest,
    ControlStore,
    FreshStart,
    IntakeStore,
    NewSession,
    OutboxStore,
)

log = logging.getLogger(__name__)

NEW_CONVERSATION = "This is a new conversation."
BUSY_NOTICE = "There are too many messages waiting for me right now. Please try again in a moment."
DROP_NOTICES = {
    DropPolicy.NEW: "Too many messages are waiting already, so I had to leave your last one out.",
    DropPolicy.OLD: "Too many messages are waiting, so I had to leave the oldest ones out.",
    DropPolicy.SUMMARIZE: "Too many messages are waiting, so I will only read a summary of the oldest ones.",
}


class Intake:
    """Accepts messages and acts on the commands that must not queue. Thread-safe."""

    def __init__(
        self,
        policy: IntakePolicy,
        store: IntakeStore,
        control: ControlStore,
        outbox: OutboxStore,
        keeper: LaneKeeper,
        stopper: Stopper,
        clock: Clock,
        approvals: ApprovalDesk,
        commands: CommandDesk,
        amendments: Amendments,
        gate: Gatekeeper,
        reactions: ReactionBell,
    ) -> None:
        self.gate = gate
        self._policy = policy
        self._store = store
        self._control = control
        self._outbox = outbox
        self._keeper = keeper
        self._stopper = stopper
        self._clock = clock
        self._approvals = approvals
        self._commands = commands
        self._amendments = amendments
        self._reactions = reactions

    def follow(self, policy: IntakePolicy) -> None:
        """Route and queue by another policy from now on."""
        self._policy = policy

    def submit_envelope(self, envelope: InboundEnvelope) -> Accepted | None:
        """Accept a channel's message; ``None`` when it has no turn: a command that was carried out, or a stranger's."""
        policy = self._policy
        if self.gate.refusal(policy.rules_for(envelope), envelope, operator=policy.is_operator(envelope)) is not None:
            return None
        source_key, routes = _source_key(envelope), route_envelope(policy, envelope)
        if envelope.event != "message":
            for route in routes:
                self._amendments.take(route.session_key, envelope, source_key)
            return None
        # A command is known by its event, whichever agents carried it out.
        was_answered = functools.cache(lambda: self._outbox.was_said(_answer_key(envelope)))
        submitted = [
            self._submit(route, envelope, f"{source_key}@{route.agent_id}" if route.label else source_key, was_answered)
            for route in routes
        ]
        return next((accepted for accepted in submitted if accepted is not None), None)

    def admits(self, envelope: InboundEnvelope) -> bool:
        """Whether its sender may write there; nothing comes of the question. Raises StoreUnavailable."""
        policy = self._policy
        return self.gate.admits(policy.rules_for(envelope), envelope, operator=policy.is_operator(envelope))

    def _submit(
        self, route: Route, envelope: InboundEnvelope, source_key: str, was_answered: Callable[[], bool]
    ) -> Accepted | None:
        """Give one agent the message: the same source key gives the first one's result."""
        asker = self._asker_of(envelope, route)
        reading = read_message(envelope.text, asker.rights, self._policy.models)
        if reading.commands:
            if not was_answered():
                self._carry_out(reading, asker, route, envelope, source_key)
            return None
        said = self._commands.answer(reading.shortcuts, asker)
        if said:
            self._say(envelope, said)
        return self._take_in(route, replace(envelope, text=reading.text), source_key, reading.hints)

    def _take_in(
        self,
        route: Route,
        envelope: InboundEnvelope,
        source_key: str,
        hints: Hints = NO_HINTS,
        fresh: FreshStart | None = None,
    ) -> Accepted:
        request, ack = channel_request(self._policy, route, envelope, source_key, hints, fresh, self._clock())
        accepted = self._accept(request)
        if accepted.tell_sender:
            self._tell(envelope, accepted, source_key)
        if ack and not accepted.duplicate and accepted.disposition is None:
            self._acknowledge(envelope, ack)
        return accepted

    def _acknowledge(self, envelope: InboundEnvelope, emoji: str) -> None:
        try:
            self._reactions.ring_reaction(Reaction.to(envelope.route, envelope.message_id or "", emoji))
        except RedisUnavailable as error:
            log.info("a message is not acknowledged: %s", error)

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
        """Accept an operator's message. The same key in the same session gives the first one's result.

        ``hints`` are what directives in it ask for, and come before ``mode`` and ``options``.

        Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable; nothing is stored then.
        """
        route = route_client(self._policy, session_key, agent_id, mode)
        envelope = InboundEnvelope(
            channel="client",
            account="default",
            event_id=idempotency_key,
            peer=Peer("direct", "operator"),
            sender=sender or Sender("operator", is_owner=True),
            text=message,
            route=reply_route or CLIENT_ROUTE,
            media=media,
        )
        if not hints.wish.mode:
            hints = replace(hints, wish=replace(hints.wish, mode=mode))
        return self._accept(client_request(self._policy, route, envelope, hints, options or {}, fresh, self._clock()))

    def submit_machine_message(self, message: MachineMessage) -> Accepted:
        """Accept what no person wrote. The same source key gives the first one's result.

        Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable; nothing is stored then.
        """
        route = route_client(self._policy, message.session_key, message.agent_id, message.mode)
        return self._accept(machine_request(self._policy, route, message, self._clock()))

    def read(self, text: str, rights: Rights) -> Reading:
        """Read a client's message: its commands, directives and shortcuts."""
        return read_message(text, rights, self._policy.models)

    def fresh_start(self, command: Command, rights: Rights) -> tuple[FreshStart, str]:
        """What a client's ``/new`` begins with, and the first message, which may be empty."""
        return fresh_start(command, rights, self._policy.models)

    def answer_commands(self, commands: Sequence[Command], session_key: str, sender: str, rights: Rights) -> str | None:
        """What to say to a client's commands; ``None`` when one is carried out elsewhere."""
        route = route_client(self._policy, session_key, None, None)
        return self._commands.answer(commands, self._asker(route, "client", "direct", Sender(sender), sender, rights))

    def route_of(self, session_key: str, agent_id: str | None) -> Route:
        """Where a client's session belongs. Raises InvalidRequest or UnknownAgent."""
        return route_client(self._policy, session_key, agent_id, None)

    def abort(self, session_key: str, run_id: str | None, reason: str = "rpc") -> Aborted:
        """Abort one promised run of a session, or all it is doing and has queued, and what others do for it."""
        route = route_client(self._policy, session_key, None, None)
        return self._stopper.stop(route.session_key, run_id, reason)

    def reset_session(self, session_key: str) -> str | None:
        """Abort what the session does and start a new conversation; its new uuid, ``None`` for an unknown key."""
        self.abort(session_key, None, "reset")
        route = route_client(self._policy, session_key, None, None)
        return self._control.reset_session(route.session_key, self._clock())

    def _accept(self, request: AcceptRequest) -> Accepted:
        accepted = self._store.accept(request)
        reach(CrashPoint.ACCEPT_AFTER_COMMIT)
        if accepted.interrupts is not None:
            self._keeper.cancel([accepted.interrupts.session_id])
        if accepted.work is not None:
            # On an idle lane this is the run that the doorbell starts; on a busy one there is no doorbell yet.
            label = TurnLabel(request.session_key, accepted.run_id)
            self._keeper.submit([accepted.work], {accepted.session_id: label})
        for run_id in accepted.dropped_run_ids:
            self._stopper.tell_ended(request.session_key, run_id, Disposition.DROPPED)
        for run_id in accepted.aborted_run_ids:
            self._stopper.tell_ended(request.session_key, run_id, Disposition.ABORTED)
        return accepted

    def _asker_of(self, envelope: InboundEnvelope, route: Route) -> Asker:
        """Whoever wrote on a channel. Only an approver is an operator there."""
        sender = f"{envelope.channel}:{envelope.sender.id}"
        owner = self._policy.is_operator(envelope)
        rights = Rights(choose_model=owner, owner=owner)
        return self._asker(route, envelope.channel, envelope.peer.kind, envelope.sender, sender, rights)

    def _asker(self, route: Route, channel: str, kind: str, who: Sender, sender: str, rights: Rights) -> Asker:
        session = NewSession(
            session_key=route.session_key,
            agent_id=route.agent_id,
            lane_class=route.lane_class,
            queue=route.queue,
            channel=channel,
            kind=kind,
            display_name=who.name if kind == "direct" else "",
        )
        policy = self._policy
        return Asker(session, sender, who.name, rights, route.settings, policy.models, policy.budgets)

    def _carry_out(
        self, reading: Reading, asker: Asker, route: Route, envelope: InboundEnvelope, source_key: str
    ) -> None:
        """Act on a message that is a command. Whoever may not give it is not answered."""
        said = self._commands.answer(reading.commands, asker)
        if said is None:
            said = self._act(reading.commands[0], asker, route, envelope, source_key)
        if said:
            self._say(envelope, said)

    def _act(self, command: Command, asker: Asker, route: Route, envelope: InboundEnvelope, source_key: str) -> str:
        """Carry out what acts on the session as a whole; what to say of it."""
        if not may(command, asker):
            return ""
        match command.name:
            case "approve":
                may_decide = asker.sender in self._policy.approvers
                return decide_in_words(self._approvals, command.words, asker.sender) if may_decide else ""
            case "pairing":
                may_decide = asker.sender in self._policy.approvers
                return decide_in_chat(self.gate.senders, command.words, asker.sender) if may_decide else ""
            case "compact":
                self.submit_machine_message(
                    compaction_of(route.session_key, command.words, source_key, route=envelope.route)
                )
                return ""
            case "stop":
                aborted = self.abort(route.session_key, None, "stop")
                stopped = len(aborted.running) + len(aborted.queued_run_ids)
                return f"Stopped ({stopped})." if stopped else "There was nothing to stop."
        return self._begin_anew(command, asker, route, envelope, source_key)

    def _begin_anew(
        self, command: Command, asker: Asker, route: Route, envelope: InboundEnvelope, source_key: str
    ) -> str:
        fresh, first_message = fresh_start(command, asker.rights, self._policy.models)
        if first_message:
            # One transaction: delivered again, it begins nothing anew.
            reading = read_message(first_message, asker.rights, self._policy.models)
            text = reading.text or first_message
            self._take_in(route, replace(envelope, text=text), source_key, reading.hints, fresh)
            return ""
        self.abort(route.session_key, None, "stop")
        self._control.reset_session(route.session_key, self._clock())
        self._commands.keep(asker, fresh.settings)
        return NEW_CONVERSATION

    def _say(self, envelope: InboundEnvelope, text: str) -> None:
        # The same update delivered twice, or to several agents, says it once: the notice's key is the event's.
        if self._outbox.enqueue_notice(self._quoting(envelope), text, _answer_key(envelope), self._clock()):
            self._keeper.ring_replies([envelope.route.conversation])

    def _tell(self, envelope: InboundEnvelope, accepted: Accepted, source_key: str) -> None:
        text = BUSY_NOTICE if accepted.drop is None else DROP_NOTICES[accepted.drop]
        if self._outbox.enqueue_notice(self._quoting(envelope), text, f"notice:{source_key}", self._clock()):
            self._keeper.ring_replies([envelope.route.conversation])

    def _quoting(self, envelope: InboundEnvelope) -> ReplyRoute:
        """Where a line that answers the message leaves, quoting it if the account does so."""
        rules = self._policy.rules_for(envelope) or AccountRules()
        quoted = ReplyTarget(rules.reply_to_mode, envelope.message_id or "").of("", 0)
        return replace(envelope.route, reply_to=quoted or envelope.route.reply_to)


def _source_key(envelope: InboundEnvelope) -> str:
    return f"{envelope.channel}:{envelope.account}:{envelope.event_id}"


def _answer_key(envelope: InboundEnvelope) -> str:
    """What the answer to a command is known by in the outbox, and so whether the command was carried out."""
    return f"command:{_source_key(envelope)}"
