"""A channel's contract: accounts in, envelopes out, replies back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from openclaw.domain.envelope import InboundEnvelope, RemoteFile, ReplyRoute

Dialect = Literal[
    "plain", "telegram-html", "markdown", "discord", "slack-mrkdwn", "whatsapp", "google-chat", "signal-styles", "irc"
]
UnknownPolicy = Literal["hold", "retry"]
TextUnit = Literal["code-points", "utf-16", "utf-8"]


@dataclass(frozen=True, slots=True)
class SendRate:
    """So many sends within a time."""

    sends: int
    window_ms: int
    #: Whether it is counted for each conversation by itself, or for the account as a whole.
    per_conversation: bool = False
    #: A whole-match regular expression of the targets it is about; empty for all.
    targets: str = ""


@dataclass(frozen=True, slots=True)
class ChannelCapabilities:
    """What a platform can do, as data."""

    max_text_chars: int = 4000
    #: What ``max_text_chars`` counts on this platform.
    text_unit: TextUnit = "code-points"
    #: Lines per message; 0 for no limit.
    max_text_lines: int = 0
    dialect: Dialect = "plain"
    typing: bool = False
    #: Whether a message that was sent can be changed: what preview streaming needs.
    edits: bool = False
    #: The shortest time between two edits of one message, in milliseconds.
    edit_interval_ms: int = 1_000
    reactions: bool = False
    #: Whether it shows buttons below a message.
    buttons: bool = False
    media: bool = False
    #: The largest file it takes, in bytes; 0 where the vendor names no limit.
    max_media_bytes: int = 0
    #: Whether it shows sounds as voice notes.
    voice_notes: bool = False
    threads: bool = False
    #: Whether the platform shows people a menu of commands.
    command_menu: bool = False
    #: What to do with a send whose outcome is unknown: sending again may double it.
    unknown_policy: UnknownPolicy = "hold"
    #: How long the platform knows a message again by its key, in milliseconds; 0 where messages have none. Within that
    #: time, sending again is harmless.
    known_again_ms: int = 0
    #: The shortest time between two sends of one account, in milliseconds: what the vendor asks for.
    min_send_interval_ms: int = 0
    #: The smallest block of an answer that is worth a message of its own while the rest is written, in characters.
    min_block_chars: int = 0
    #: What the vendor allows besides.
    send_rates: tuple[SendRate, ...] = ()


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """What the platform calls the message it took."""

    provider_message_id: str


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """An HTTP call as the platform made it; header names are lower-cased."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the platform wants to read in the 200, where it wants anything."""

    body: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """What a webhook call brought. The answer leaves once the envelopes are stored."""

    envelopes: tuple[InboundEnvelope, ...] = ()
    answer: WebhookAnswer | None = None


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """Where an account may keep files of its own on this host: made with mode 0700 when it is first used."""

    folder: Path


class ChannelAccount(Protocol):
    """One configured account of a channel. Thread-safe."""

    @property
    def account_id(self) -> str: ...

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk, rendered in the platform's dialect. Raises a ChannelError class.

        Takes every chunk within the channel's capabilities: what its markup makes too long leaves as plain text.
        """
        ...

    def typing(self, route: ReplyRoute) -> None:
        """Show that the assistant is writing; never raises for a platform's refusal."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class WebhookReceiver(Protocol):
    """An account whose platform calls us."""

    def receive(self, request: WebhookRequest) -> Received:
        """Verify a webhook call and read its messages. Raises WebhookRejected. Unknown kinds give no envelope.

        Makes no network call but to fetch what the verification needs, and that only once in a while.
        """
        ...


@runtime_checkable
class WebhookHandshake(Protocol):
    """An account whose platform asks by GET whether the webhook's address is right."""

    def shake_hands(self, query: Mapping[str, str]) -> WebhookAnswer:
        """What the platform wants to read. Raises WebhookRejected."""
        ...


@runtime_checkable
class WebhookRegistrar(Protocol):
    """An account that can tell its platform the address of its webhook."""

    def register_webhook(self) -> None:
        """Tell it the address that the section names; nothing without one. Raises a ChannelError class.

        Every gateway does when it starts, so the same address again changes nothing; what waits there is kept.
        """
        ...


@runtime_checkable
class CommandMenu(Protocol):
    """An account whose platform shows people a menu of commands."""

    def offer_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Show these names, without a slash, with what each does. Raises a ChannelError class."""
        ...


@runtime_checkable
class ButtonSender(Protocol):
    """An account whose platform shows buttons below a message; one that is pressed is a message of who pressed it."""

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """As ``send``; each button has a label, and says something. Raises a ChannelError class."""
        ...


@runtime_checkable
class KeyedSender(Protocol):
    """An account whose platform makes one message of two with the same key, for as long as its capabilities say."""

    def keyed(self, key: str) -> ChannelAccount:
        """The same account, sending one message under this key of at most 20 letters, digits and hyphens.

        It lives as long as the account it came from, and is not closed by itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file that leaves."""

    content: bytes = field(repr=False)
    mime: str
    name: str
    #: As a voice note, where the platform knows a difference.
    voice_note: bool = False


@runtime_checkable
class FileSender(Protocol):
    """An account whose platform takes files; its channel's capabilities say ``media``."""

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """As ``send``, with a file above the text, which may be empty. Raises a ChannelError class."""
        ...


@runtime_checkable
class MessageEditor(Protocol):
    """An account whose messages can be changed after they were sent; its channel's capabilities say ``edits``."""

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put this text in place of a message's own. Raises a ChannelError class; the same text again is no error."""
        ...

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take back a message of ours. Raises a ChannelError class; one that is gone is no error."""
        ...


@runtime_checkable
class Reactor(Protocol):
    """An account that can react to messages; its channel's capabilities say ``reactions``."""

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message, or take it away again. Raises a ChannelError class."""
        ...


@runtime_checkable
class FileFetcher(Protocol):
    """An account whose envelopes name files that the platform still holds."""

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """What a file holds. Raises ChannelRejected for one that is gone or larger, else a ChannelError class."""
        ...


class ReplyStream(Protocol):
    """One reply that grows on the platform as it is written. For one thread."""

    @property
    def message_id(self) -> str:
        """What the platform calls the message, from its first word on."""
        ...

    def append(self, markdown: str) -> None:
        """Add to the reply. Raises a ChannelError class."""
        ...

    def finish(self) -> SendReceipt:
        """Nothing more comes. Raises a ChannelError class."""
        ...


@runtime_checkable
class StreamSender(Protocol):
    """An account whose platform has streaming of its own."""

    def start_stream(self, route: ReplyRoute) -> ReplyStream | None:
        """Begin a reply; ``None`` where the platform cannot stream into this route. Raises a ChannelError class."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """What the platform said when it was asked whether the account works."""

    ok: bool
    #: Who the account is there: a name, a number.
    identity: str = ""
    #: What is wrong, for people; no secrets.
    error: str = ""


@runtime_checkable
class Probeable(Protocol):
    """An account that can ask its platform whether it works."""

    def probe(self, timeout_seconds: float) -> Probe:
        """Ask now; never raises for a platform's failure."""
        ...


class ChannelPlugin(Protocol):
    """A channel kind, registered once."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def capabilities(self) -> ChannelCapabilities: ...

    def open_account(self, account_id: str, config: Mapping[str, Any], place: AccountPlace, /) -> ChannelAccount:
        """Build an account from its section, without what all channels have in common. Raises ConfigError.

        Makes no network call, starts no thread and touches no file.
        """
        ...
