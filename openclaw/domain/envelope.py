"""What arrives and where the answer goes, independent of any network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

PeerKind = Literal["direct", "group", "channel"]

#: ``edit`` and ``delete`` are of the message ``message_id``; ``reaction``'s text is the emoji, and it is put to
#: ``message_id``, ``unreaction`` takes it away.
EventKind = Literal["message", "edit", "delete", "reaction", "unreaction"]
FileKind = Literal["image", "audio", "voice", "video", "document", "sticker"]


@dataclass(frozen=True, slots=True)
class Peer:
    """The conversation on the platform: a person, a group or a room."""

    kind: PeerKind
    id: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote the message. ``is_owner`` is true for an operator's own clients."""

    id: str
    name: str = ""
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file in the media store."""

    id: str
    mime: str
    name: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that the platform still holds: a worker fetches it before the turn reads the message."""

    #: What the account finds it by: an id or an address, and no secret. At most a few hundred characters.
    ref: str
    kind: FileKind = "document"
    mime: str = ""
    name: str = ""
    #: 0 when the platform does not say.
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """Where a reply leaves. ``channel`` is ``"client"`` for WebSocket and CLI callers, who read the stream."""

    channel: str
    account: str = "default"
    target: str = ""
    thread_id: str | None = None
    #: The message that is quoted, by its id; behind ``domain.reply_target.UNQUOTED`` one that is only answered.
    reply_to: str | None = None

    @property
    def conversation(self) -> str:
        """The key under which replies keep their order."""
        return "|".join((self.channel, self.account, self.target, self.thread_id or ""))

    def to_json(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "account": self.account,
            "target": self.target,
            "thread_id": self.thread_id,
            "reply_to": self.reply_to,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ReplyRoute:
        return cls(**data)


#: The route of callers that read the run's stream themselves.
CLIENT_ROUTE = ReplyRoute(channel="client")


@dataclass(frozen=True, slots=True)
class InboundEnvelope:
    """One message as a channel adapter or a gateway method hands it to intake.

    ``event_id`` is the provider's id of the *event* (not of the message, so that edits are events of their own),
    or the client's idempotency key. The same event is accepted once.
    """

    channel: str
    account: str
    event_id: str
    peer: Peer
    sender: Sender
    text: str
    route: ReplyRoute
    thread_id: str | None = None
    media: tuple[MediaRef, ...] = ()
    message_id: str | None = None
    #: Whether it speaks to the assistant by the platform's own means; ``None`` where that cannot be told.
    mentioned: bool | None = None
    #: What happened; everything but a message has no turn of its own.
    event: EventKind = "message"
    #: Files to fetch, in the message's order; ``media`` are those that are here already.
    files: tuple[RemoteFile, ...] = ()
    #: Facts of the platform, JSON: what ``domain.routing`` names, ``chat_title``, ``sender_username``,
    #: ``sender_e164``, ``reply_to`` (a message's id), ``sent_at_ms``,
    #: ``is_general_topic`` (of a forum: the thread of all who opened none).
    extra: dict[str, Any] = field(default_factory=dict)
