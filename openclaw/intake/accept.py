"""Intake: one durable row per message, then its lane.

A caller may acknowledge its source (200, poll offset, socket ack) as soon as a method here has returned: the message
is in SQL. The lane is told afterwards, and telling it can fail without losing anything.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.envelope import CLIENT_ROUTE, InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.queue_mode import DropPolicy, QueueMode
from openclaw.domain.run import Disposition
from openclaw.errors import RedisUnavailable
from openclaw.intake.approval_desk import ApprovalDesk, decide_in_words
from openclaw.intake.command_desk import Asker, CommandDesk
from openclaw.intake.commands import Command, IntakeCommand, read_command
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.intake.machine_message import MachineMessage, compaction_of
from openclaw.intake.policy import IntakePolicy
from openclaw.intake.route import Route, route_client, route_envelope
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import TurnLabel
from openclaw.ports.store import Aborted, Accepted, AcceptRequest, ControlStore, IntakeStore, OutboxStore
from openclaw.ports.stream import Notice, RunStream

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
        stream: RunStream,
        clock: Clock,
        approvals: ApprovalDesk,
        commands: CommandDesk,
    ) -> None:
        self._policy = policy
        self._store = store
        self._control = control
        self._outbox = outbox
        self._keeper = keeper
        self._stream = stream
        self._clock = clock
        self._approvals = approvals
        self._commands = commands

    def follow(self, policy: IntakePolicy) -> None:
        """Route and queue by another policy from now on."""
        self._policy = policy

    def submit_envelope(self, envelope: InboundEnvelope) -> Accepted | None:
        """Accept a channel's message; ``None`` when it was a command that has been carried out."""
        route = route_envelope(self._policy, envelope)
        source_key = f"{envelope.channel}:{envelope.account}:{envelope.event_id}"
        command = read_command(envelope.text)
        if command is not None and self._carry_out(command, route, envelope, source_key):
            return None
        accepted = self._accept(self._request(route, envelope, str(uuid.uuid4()), source_key))
        if accepted.tell_sender:
            self._tell(envelope, accepted, route, source_key)
        return accepted

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
    ) -> Accepted:
        """Accept an operator's message. The same key in the same session gives the first one's result.

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
        )
        source_key = f"client:{route.session_key}:{idempotency_key}"
        request = self._request(route, envelope, idempotency_key, source_key)
        return self._accept(replace(request, client=True, options=options or {}))

    def submit_machine_message(self, message: MachineMessage) -> Accepted:
        """Accept what no person wrote. The same source key gives the first one's result.

        Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable; nothing is stored then.
        """
        route = route_client(self._policy, message.session_key, message.agent_id, message.mode)
        envelope = InboundEnvelope(
            channel="client",
            account="default",
            event_id=message.source_key,
            peer=Peer("direct", message.sender.id),
            sender=message.sender,
            text=message.text,
            route=message.route,
        )
        request = self._request(route, envelope, message.run_id, message.source_key)
        return self._accept(
            replace(
                request,
                background=message.background,
                client=True,
                options=dict(message.options),
                archived=message.archived,
            )
        )

    def answer_command(self, command: Command, session_key: str, sender: str) -> str | None:
        """What to say to a client's command; ``None`` for one that is carried out elsewhere."""
        return self._commands.answer(command, Asker(session_key, sender), self._policy.models)

    def route_of(self, session_key: str, agent_id: str | None) -> Route:
        """Where a client's session belongs. Raises InvalidRequest or UnknownAgent."""
        return route_client(self._policy, session_key, agent_id, None)

    def abort(self, session_key: str, run_id: str | None, reason: str = "rpc") -> Aborted:
        """Abort one promised run of a session, or all it is doing and has queued."""
        route = route_client(self._policy, session_key, None, None)
        aborted = self._control.abort(route.session_key, run_id, reason, self._clock())
        self._keeper.cancel([turn.session_id for turn in aborted.running])
        if aborted.wake is not None:
            self._keeper.submit([aborted.wake])
        for queued in aborted.queued_run_ids:
            self._publish_ended(route.session_key, route.agent_id, queued, Disposition.ABORTED)
        return aborted

    def reset_session(self, session_key: str) -> str | None:
        """Abort what the session does and start a new conversation; its new uuid, ``None`` for an unknown key."""
        self.abort(session_key, None, "reset")
        route = route_client(self._policy, session_key, None, None)
        return self._control.reset_session(route.session_key, self._clock())

    def _request(self, route: Route, envelope: InboundEnvelope, run_id: str, source_key: str) -> AcceptRequest:
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
            now_ms=self._clock(),
            max_pending_session=self._policy.max_pending_session,
            max_pending_class=route.max_pending_class,
        )

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
            self._publish_ended(request.session_key, request.agent_id, run_id, Disposition.DROPPED)
        return accepted

    def _carry_out(self, command: Command, route: Route, envelope: InboundEnvelope, source_key: str) -> bool:
        now = self._clock()
        owner = f"{envelope.channel}:{envelope.sender.id}" in self._policy.approvers
        asker = Asker(route.session_key, f"{envelope.channel}:{envelope.sender.id}", envelope.sender.name, owner)
        said = self._commands.answer(command, asker, self._policy.models)
        if said is not None:
            self._say(envelope, said, source_key)
            return True
        if command.name is IntakeCommand.APPROVE:
            self._approve(command.words, envelope, source_key)
            return True
        if command.name is IntakeCommand.COMPACT:
            self.submit_machine_message(
                compaction_of(route.session_key, command.words, source_key, route=envelope.route)
            )
            return True
        if command.name is IntakeCommand.STOP:
            aborted = self.abort(route.session_key, None, "stop")
            stopped = len(aborted.running) + len(aborted.queued_run_ids)
            text = f"Stopped ({stopped})." if stopped else "There was nothing to stop."
        else:
            self.abort(route.session_key, None, "stop")
            self._control.reset_session(route.session_key, now)
            text = "This is a new conversation."
        self._say(envelope, text, source_key)
        return True

    def _say(self, envelope: InboundEnvelope, text: str, source_key: str) -> None:
        # The same update delivered twice says it once: the notice's key is the event's.
        if self._outbox.enqueue_notice(envelope.route, text, f"command:{source_key}", self._clock()):
            self._keeper.ring_replies([envelope.route.conversation])

    def _approve(self, words: str, envelope: InboundEnvelope, source_key: str) -> None:
        """Decide about an approval; whoever may not is not answered."""
        sender = f"{envelope.channel}:{envelope.sender.id}"
        if sender not in self._policy.approvers:
            return
        self._say(envelope, decide_in_words(self._approvals, words, sender), source_key)

    def _tell(self, envelope: InboundEnvelope, accepted: Accepted, route: Route, source_key: str) -> None:
        busy = accepted.disposition is Disposition.REJECTED
        text = BUSY_NOTICE if busy else DROP_NOTICES[route.settings.drop]
        if self._outbox.enqueue_notice(envelope.route, text, f"notice:{source_key}", self._clock()):
            self._keeper.ring_replies([envelope.route.conversation])

    def _publish_ended(self, session_key: str, agent_id: str, run_id: str, how: Disposition) -> None:
        # A hint for whoever watches; SQL has the truth, so losing it is harmless.
        try:
            self._stream.notify(
                Notice(
                    "run.ended",
                    {"run_id": run_id, "session_key": session_key, "agent_id": agent_id, "disposition": how.value},
                )
            )
        except RedisUnavailable:
            return
