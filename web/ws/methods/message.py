"""What ``chat.send`` and ``agent`` have in common: checking a message and acting on commands that must not queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from openclaw.domain.chat_commands import COMMANDS, Command, Who
from openclaw.domain.dials import MODEL
from openclaw.domain.events import RunRef
from openclaw.domain.scopes import Scope, satisfies
from openclaw.domain.session_key import canonical_session_key, parse_session_key
from openclaw.errors import Forbidden, InvalidRequest, RedisUnavailable
from openclaw.intake.approval_desk import decide_in_words
from openclaw.intake.machine_message import compaction_of
from openclaw.intake.reading import Reading, Rights, as_text
from openclaw.ports.store import Aborted, Accepted, FreshStart
from openclaw.ports.stream import Notice
from web.ws.dispatch import Call
from web.ws.frames import encode_event_head
from web.ws.payloads import RunPayloads, assistant_message
from web.ws.run_end import Waiter
from web.ws.sending import OutgoingEvent

#: How long an abort's answer waits for the aborted runs to say so themselves.
ABORT_GRACE_SECONDS = 2.0
#: Commands that change nothing.
_LOOKING = frozenset(command.name for command in COMMANDS if command.category == "status" and command.name != "usage")


def checked_text(text: str) -> str:
    """A message that every store can keep. Raises InvalidRequest."""
    if "\0" in text:
        raise InvalidRequest("message must not contain null bytes")
    return text


def refuse_unsupported(params: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse parameters that change the meaning of a call and that this gateway cannot honour."""
    for name in names:
        if params.get(name):
            raise InvalidRequest(f"{name} is not supported by this gateway")


def session_key_of(call: Call, raw: str) -> str:
    """The full form of a session key from a client. Raises InvalidRequest."""
    agent_id = call.params.get("agentId") or call.gateway.services.facts.default_agent.id
    return canonical_session_key(raw, agent_id)


def rights_of(call: Call) -> Rights:
    """What a client may do besides writing."""
    return Rights(owner=satisfies(call.connection.admission.scopes, Scope.ADMIN))


def reading_of(call: Call, text: str) -> Reading:
    """What a message asks for, unless the client wants all of it taken as text."""
    if call.params.get("suppressCommandInterpretation"):
        return as_text(text)
    return call.gateway.services.intake.read(text, rights_of(call))


def fresh_of(call: Call, command: Command) -> tuple[FreshStart, Reading]:
    """What a ``/new`` begins with, and its first message, read; without one its text is empty."""
    fresh, first_message = call.gateway.services.intake.fresh_start(command, rights_of(call))
    reading = reading_of(call, first_message)
    return fresh, reading if reading.text else as_text(first_message)


def begin_anew(call: Call, session_key: str, fresh: FreshStart) -> None:
    """Start a new conversation that has no message yet."""
    reset(call, session_key)
    if MODEL in fresh.settings:
        answered(call, (Command("model", fresh.settings[MODEL]),), session_key)


def reset(call: Call, session_key: str) -> str | None:
    """Start a new conversation and tell every gateway's clients."""
    services = call.gateway.services
    session_uuid = services.reset_session(session_key)
    tell_session_changed(call, session_key, "reset")
    return session_uuid


def answered(call: Call, commands: Sequence[Command], session_key: str) -> str | None:
    """What to tell a client whose message is a command; ``None`` for one that is carried out elsewhere.

    Raises Forbidden.
    """
    admission, rights = call.connection.admission, rights_of(call)
    by = admission.device_id or str(admission.client.get("id", ""))
    if not rights.owner and any(command.spec.who is Who.OWNER for command in commands):
        raise Forbidden(f"missing scope: {Scope.ADMIN}")
    if commands[0].name == "approve":
        if not satisfies(admission.scopes, Scope.APPROVALS):
            raise Forbidden(f"missing scope: {Scope.APPROVALS}")
        return decide_in_words(call.gateway.services.approvals, commands[0].words, by)
    said = call.gateway.services.intake.answer_commands(commands, session_key, by, rights)
    if said is not None and any(command.name not in _LOOKING for command in commands):
        tell_session_changed(call, session_key, "patch")
    return said


def answer_shortcuts(call: Call, session_key: str, reading: Reading) -> None:
    """Answer what stood in the middle of a message, apart from the run that the rest of it becomes."""
    if reading.shortcuts:
        said = answered(call, reading.shortcuts, session_key) or ""
        say_back(call, session_key, f"{call.params['idempotencyKey']}:shortcut", said)


def say_back(call: Call, session_key: str, run_id: str, text: str) -> None:
    """Let the client that wrote a command see the answer as it sees others. It is no part of the conversation."""
    ref = RunRef(run_id, 0, session_key, parse_session_key(session_key).agent_id, 0)
    message = assistant_message(text, call.gateway.services.clock())
    final = RunPayloads(ref, counter=1).chat("final", {"stopReason": "stop", "message": message})
    call.connection.queue.push_event(OutgoingEvent("chat", encode_event_head("chat", final.payload)))


def compact(call: Call, session_key: str, hint: str, idempotency_key: str) -> Accepted:
    """Have a conversation compacted; the run's events are this client's own."""
    call.connection.started_run(idempotency_key)
    source_key = f"client:{session_key}:{idempotency_key}"
    wish = compaction_of(session_key, hint, source_key, run_id=idempotency_key)
    accepted = call.gateway.services.intake.submit_machine_message(wish)
    call.connection.started_run(accepted.run_id)
    return accepted


def tell_session_changed(call: Call, session_key: str, reason: str) -> None:
    """Tell every gateway's clients; without Redis, this one's own."""
    agent_id = parse_session_key(session_key).agent_id
    try:
        data: dict[str, object] = {"session_key": session_key, "agent_id": agent_id, "reason": reason}
        call.gateway.services.stream.notify(Notice("session.changed", data))
    except RedisUnavailable:
        call.gateway.feed.session_changed(session_key, agent_id, reason)


def abort(call: Call, session_key: str, run_id: str | None) -> None:
    """Abort and respond once the runs have said that they are over, or a moment later."""
    aborted = call.gateway.services.intake.abort(session_key, run_id, "rpc")
    run_ids = _run_ids(aborted, run_id)
    payload = {"ok": True, "aborted": bool(run_ids), "runIds": run_ids}
    if not run_ids:
        call.respond(payload)
        return
    when_over(call, run_ids, partial(call.respond, payload))


def when_over(call: Call, run_ids: Iterable[str], then: Callable[[], None]) -> None:
    """Go on once every run has said that it is over, or when the grace of an abort has passed."""
    _RunsOver(call, set(run_ids), then).wait()


def _run_ids(aborted: Aborted, asked: str | None) -> list[str]:
    found = [*(turn.run_id for turn in aborted.running), *aborted.queued_run_ids]
    if asked and found and asked not in found:
        found.insert(0, asked)  # it is part of another one's turn
    return list(dict.fromkeys(found))


class _RunsOver:
    """Goes on exactly once: when every run has ended, or when the grace is over."""

    def __init__(self, call: Call, open_runs: set[str], then: Callable[[], None]) -> None:
        self._call = call
        self._open = open_runs
        self._then = then
        self._lock = threading.Lock()
        self._gone_on = False
        self._waiters: list[Waiter] = []

    def wait(self) -> None:
        timer = self._call.gateway.timekeeper.after(ABORT_GRACE_SECONDS, self._go_on)
        for run_id in tuple(self._open):
            waiter = self._call.gateway.ends.wait(run_id, partial(self._over, run_id))
            self._waiters.append(waiter)
            self._call.connection.keep(waiter)
        if self._gone_on:
            timer.cancel()

    def _over(self, run_id: str, _end: object) -> None:
        self._open.discard(run_id)
        if not self._open:
            self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            if self._gone_on:
                return
            self._gone_on = True
        for waiter in self._waiters:
            waiter.cancel()
            self._call.connection.release(waiter)
        self._then()
