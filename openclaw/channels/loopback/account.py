"""An account whose platform is this process: what is sent can be read back, outages can be staged.

A webhook call carries ``x-openclaw-webhook-secret`` and a JSON object: ``event_id``, ``text``, ``peer`` (an object
with ``kind`` and ``id``), and if wanted ``sender`` (``id``, ``name``), ``thread_id`` and ``message_id``.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, get_args

from openclaw.channels.loopback.limits import MAX_TEXT_CHARS
from openclaw.domain.envelope import InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender
from openclaw.errors import ChannelError, ChannelOutcomeUnknown, ChannelRejected, WebhookRejected
from openclaw.ports.channel import OutboundFile, Received, SendReceipt, WebhookRequest
from openclaw.ports.secrets import Secret

SECRET_HEADER = "x-openclaw-webhook-secret"  # noqa: S105  (a header's name)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message the account's platform has taken."""

    message_id: str
    route: ReplyRoute
    text: str
    file: OutboundFile | None = None


class LoopbackAccount:
    """An in-memory account. Thread-safe; its messages live as long as it does."""

    def __init__(self, account_id: str, webhook_secret: Secret | None = None) -> None:
        self._account_id = account_id
        self._secret = webhook_secret
        self._lock = threading.Lock()
        self._sent: list[SentMessage] = []
        self._ids = 0
        self._reactions: list[tuple[str, str, str]] = []
        self._notes: list[ReplyRoute] = []
        self._outages: deque[ChannelError] = deque()

    @property
    def account_id(self) -> str:
        return self._account_id

    @property
    def sent(self) -> tuple[SentMessage, ...]:
        """Everything taken so far, oldest first."""
        with self._lock:
            return tuple(self._sent)

    @property
    def reactions(self) -> tuple[tuple[str, str, str], ...]:
        """Conversation, message and emoji of every reaction."""
        with self._lock:
            return tuple(self._reactions)

    @property
    def typing_notes(self) -> tuple[ReplyRoute, ...]:
        """Where typing was shown, oldest first."""
        with self._lock:
            return tuple(self._notes)

    def fail_next(self, error: ChannelError) -> None:
        """Stage an outage: a later send raises ``error``. A ChannelOutcomeUnknown takes the message all the same."""
        with self._lock:
            self._outages.append(error)

    def receive(self, request: WebhookRequest) -> Received:
        """Verify the secret and read one message. Raises WebhookRejected with 401 or 400."""
        candidate = request.headers.get(SECRET_HEADER, "")
        if not self._secret or not candidate.isascii() or not self._secret.matches(candidate):
            raise WebhookRejected("the webhook secret is missing or wrong")
        try:
            return Received((self._envelope(json.loads(request.body)),))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise WebhookRejected("the body is not a loopback message", http_status=400) from None

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Keep the message. Raises the staged outage, or ChannelRejected for a text over the limit."""
        return self._take(route, markdown, None)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Change a message. Raises the staged outage, or ChannelRejected for one that is not there."""
        with self._lock:
            if self._outages:
                raise self._outages.popleft()
            place = self._place(route, message_id)
            self._sent[place] = replace(self._sent[place], text=markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take a message back; one that is gone is no error."""
        with self._lock, suppress(ChannelRejected):
            del self._sent[self._place(route, message_id)]

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message, or take it away. Raises the staged outage."""
        with self._lock:
            if self._outages:
                raise self._outages.popleft()
            found = (route.conversation, message_id, emoji)
            self._reactions = [each for each in self._reactions if each != found] + ([] if remove else [found])

    def _place(self, route: ReplyRoute, message_id: str) -> int:
        for place, message in enumerate(self._sent):
            if (message.message_id, message.route.conversation) == (message_id, route.conversation):
                return place
        raise ChannelRejected(f"there is no message {message_id}")

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Keep the file. Raises as ``send``."""
        return self._take(route, markdown, file)

    def _take(self, route: ReplyRoute, markdown: str, file: OutboundFile | None) -> SendReceipt:
        with self._lock:
            outage = self._outages.popleft() if self._outages else None
            if outage is not None and not isinstance(outage, ChannelOutcomeUnknown):
                raise outage
            if len(markdown) > MAX_TEXT_CHARS or not (markdown.strip() or file):
                raise ChannelRejected(f"a message has 1 to {MAX_TEXT_CHARS} characters")
            self._ids += 1
            message = SentMessage(str(self._ids), route, markdown, file)
            self._sent.append(message)
            if outage is not None:
                raise outage
            return SendReceipt(message.message_id)

    def typing(self, route: ReplyRoute) -> None:
        """Note that typing was shown."""
        with self._lock:
            self._notes.append(route)

    def close(self) -> None:
        """Nothing to close."""

    def _envelope(self, data: dict[str, Any]) -> InboundEnvelope:
        kind, peer_id = data["peer"]["kind"], _string(data["peer"], "id")
        if kind not in get_args(PeerKind):
            raise ValueError(kind)
        sender = data.get("sender") or {"id": peer_id}
        thread_id = _string(data, "thread_id") if data.get("thread_id") is not None else None
        return InboundEnvelope(
            channel="loopback",
            account=self._account_id,
            event_id=_string(data, "event_id"),
            peer=Peer(kind, peer_id),
            sender=Sender(_string(sender, "id"), str(sender.get("name") or "")),
            text=_string(data, "text"),
            route=ReplyRoute("loopback", self._account_id, peer_id, thread_id),
            thread_id=thread_id,
            message_id=_string(data, "message_id") if data.get("message_id") is not None else None,
        )


def _string(data: dict[str, Any], key: str) -> str:
    value = data[key]
    if not isinstance(value, str) or not value or (key != "text" and not value.isprintable()):
        raise ValueError(key)
    return value
