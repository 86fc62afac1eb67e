"""Senders who are not known yet: they ask, and operators decide, from any process.

The rows in SQL are the truth, and a request ends once: whoever decides second is told so. Gateways hear of decisions; a
process that does not hear believes an approval at once and a revocation within ``known_senders.KEEP_MS``.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.access import Standing
from openclaw.domain.envelope import InboundEnvelope, ReplyRoute
from openclaw.domain.sender_pairing import KnownSender, SenderRequest
from openclaw.domain.untrusted import one_line
from openclaw.errors import InvalidRequest, NotFound, RedisUnavailable
from openclaw.intake.known_senders import KnownSenders, SenderName
from openclaw.ports.clock import Clock
from openclaw.ports.senders import Asking, SenderStore
from openclaw.ports.stream import GATEWAY_EVENT_TOPIC, Notice

log = logging.getLogger(__name__)

REQUESTED, RESOLVED = "channels.pairing.requested", "channels.pairing.resolved"
#: Somebody who goes on writing is noted this often, and a full account is asked again so soon.
REFRESH_MS = 5_000
#: Senders and accounts whose asking is remembered for that long.
MAX_REMEMBERED = 10_000
LABEL_CHARS = 80

APPROVED_NOTICE = "You may write to me now. What can I do for you?"


@dataclass(frozen=True, slots=True)
class Voice:
    """How the desk is heard: by clients of every gateway, and by who asked."""

    notify: Callable[[Notice], None]
    #: Lets what is in the outbox leave.
    ring: Callable[[Sequence[str]], None]
    #: Puts a line into a chat, once per key.
    say: Callable[[ReplyRoute, str, str], None]


class SenderDesk:
    """Thread-safe."""

    def __init__(self, store: SenderStore, voice: Voice, clock: Clock) -> None:
        self.store = store
        self._voice = voice
        self._clock = clock
        self._known = KnownSenders(store, clock)
        self._quiet_until: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def standing(self, sender: SenderName, *, newly_approved_counts: bool) -> Standing | None:
        """What was decided over a sender, by (channel, account, id). Raises StoreUnavailable."""
        return self._known.standing(sender, newly_approved_counts=newly_approved_counts)

    def has_just_asked(self, sender: SenderName) -> bool:
        """Whether asking for this sender once more would change nothing."""
        now = self._clock()
        with self._lock:
            return any(self._quiet_until.get(name, 0) > now for name in (sender, sender[:2]))

    def ask(self, envelope: InboundEnvelope) -> Asking:
        """File a request of the envelope's sender, and tell him his code if it is new. Raises StoreUnavailable."""
        now, sender = self._clock(), (envelope.channel, envelope.account, envelope.sender.id)
        facts = {name: str(envelope.extra.get(f"sender_{name}") or "") for name in ("username", "e164")}
        request = SenderRequest(
            request_id=str(uuid.uuid4()),
            channel=envelope.channel,
            account=envelope.account,
            sender_id=envelope.sender.id,
            code="",
            label=one_line(envelope.sender.name, LABEL_CHARS),
            facts={name: one_line(value, LABEL_CHARS) for name, value in facts.items() if value},
            route=envelope.route,
            created_at_ms=now,
            last_seen_at_ms=now,
        )
        asked = self.store.ask(request, code_notice, f"pairing:{':'.join(sender[:2])}:{envelope.event_id}")
        self._be_quiet(sender[:2] if asked.asking is Asking.FULL else sender, now)
        if asked.asking is Asking.NEW and asked.request is not None:
            self._voice.ring([envelope.route.conversation])
            self._tell(REQUESTED, request_payload(asked.request))
        return asked.asking

    def requests(self, channel: str = "", account: str = "") -> list[SenderRequest]:
        """Those who wait, the oldest first."""
        return self.store.requests(self._clock(), channel, account)

    def senders(self, channel: str = "", account: str = "") -> list[KnownSender]:
        """Those over whom was decided, the newest decision first."""
        return self.store.senders(channel, account)

    def find(self, name: str, channel: str = "", account: str = "") -> SenderRequest:
        """The request of this id or code. Raises NotFound."""
        found = self.store.request(name, self._clock(), channel, account)
        if found is None:
            raise NotFound("unknown pairing request (it may have been decided, or have expired)")
        return found

    def approve(self, request: SenderRequest, by: str, *, notify: bool = True) -> KnownSender:
        """Let a sender in. Raises InvalidRequest when somebody else has just decided."""
        known = self._decide(request, Standing.APPROVED, by)
        if notify:
            self._voice.say(request.route, APPROVED_NOTICE, f"paired:{request.request_id}")
        return known

    def reject(self, request: SenderRequest, by: str) -> KnownSender:
        """Refuse a sender for good; he is not told. Raises InvalidRequest when somebody else has just decided."""
        return self._decide(request, Standing.REFUSED, by)

    def dismiss(self, request: SenderRequest) -> None:
        """Take a request off the list; the sender may ask again. Raises InvalidRequest when it is gone already."""
        if not self.store.drop(request.request_id):
            raise _too_late()
        self._over((request.channel, request.account, request.sender_id), "dismissed", request.request_id)

    def revoke(self, channel: str, account: str, sender_id: str) -> KnownSender:
        """Take back what was decided over a sender. Raises NotFound."""
        gone = self.store.forget(channel, account, sender_id)
        if gone is None:
            raise NotFound(f"nothing was decided over the sender {sender_id} of {channel}/{account}")
        self._over((channel, account, sender_id), "revoked")
        return gone

    def heard(self, event: str, payload: dict[str, Any]) -> None:
        """Take an event that goes to every gateway."""
        if event == RESOLVED:
            channel, account, sender_id = (str(payload.get(key)) for key in ("channel", "accountId", "senderId"))
            self._forget((channel, account, sender_id))

    def _decide(self, request: SenderRequest, standing: Standing, by: str) -> KnownSender:
        known = self.store.decide(request.request_id, standing, by, self._clock())
        if known is None:
            raise _too_late()
        decision = "approved" if standing is Standing.APPROVED else "rejected"
        self._over((known.channel, known.account, known.sender_id), decision, request.request_id)
        return known

    def _over(self, sender: SenderName, decision: str, request_id: str = "") -> None:
        self._forget(sender)
        channel, account, sender_id = sender
        payload = {"channel": channel, "accountId": account, "senderId": sender_id, "decision": decision}
        self._tell(RESOLVED, {**({"requestId": request_id} if request_id else {}), **payload, "ts": self._clock()})

    def _forget(self, sender: SenderName) -> None:
        self._known.forget(sender)
        with self._lock:
            for name in (sender, sender[:2]):
                self._quiet_until.pop(name, None)

    def _be_quiet(self, name: tuple[str, ...], now_ms: int) -> None:
        with self._lock:
            if len(self._quiet_until) >= MAX_REMEMBERED:
                self._quiet_until = {other: until for other, until in self._quiet_until.items() if until > now_ms}
            if len(self._quiet_until) < MAX_REMEMBERED:
                self._quiet_until[name] = now_ms + REFRESH_MS

    def _tell(self, event: str, payload: dict[str, Any]) -> None:
        try:
            self._voice.notify(Notice(GATEWAY_EVENT_TOPIC, {"event": event, "payload": payload}))
        except RedisUnavailable as error:
            log.warning("clients hear of a sender when they next look: %s", error)


def code_notice(request: SenderRequest) -> str:
    """What an unknown sender is told, once."""
    return (
        "I do not know you yet, so I cannot answer. Give this code to whoever runs me; it is good for one hour:\n\n"
        f"{request.code}\n\n"
        f"(For the operator: openclaw pairing approve {request.code})"
    )


def request_payload(request: SenderRequest) -> dict[str, Any]:
    """A request as clients hear of it. The code is not in it: whoever lists requests sees it."""
    return {
        "requestId": request.request_id,
        "channel": request.channel,
        "accountId": request.account,
        "senderId": request.sender_id,
        "senderLabel": request.label or request.sender_id,
        "createdAtMs": request.created_at_ms,
        "expiresAtMs": request.expires_at_ms,
    }


def _too_late() -> InvalidRequest:
    return InvalidRequest("somebody else has just decided over this request")


#: What may be done with a request in a chat, and what it is called when it is done.
_IN_CHAT = {"approve": "may write now", "reject": "is refused for good", "dismiss": "may ask again"}


def decide_in_chat(desk: SenderDesk, words: str, by: str) -> str:
    """Carry out ``[approve | reject | dismiss CODE]`` as somebody wrote it; what to tell him."""
    parts = words.split()
    if not parts or parts == ["list"]:
        waiting = [f"{r.code}  {r.channel}/{r.account}  {r.label or r.sender_id}" for r in desk.requests()]
        return "\n".join(waiting) or "Nobody waits."
    if len(parts) != len(("action", "code")) or parts[0].lower() not in _IN_CHAT:
        return f"Say what and whom: /pairing {'|'.join(_IN_CHAT)} CODE"
    action = parts[0].lower()
    try:
        request = desk.find(parts[1])
        match action:
            case "approve":
                desk.approve(request, by)
            case "reject":
                desk.reject(request, by)
            case _:
                desk.dismiss(request)
    except (NotFound, InvalidRequest) as error:
        return f"That could not be done: {error}."
    return f"{request.label or request.sender_id} {_IN_CHAT[action]}."
