"""A channel's contract: accounts in, envelopes out, replies back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from openclaw.domain.envelope import InboundEnvelope, ReplyRoute

Dialect = Literal["plain", "telegram-html", "markdown"]
TextUnit = Literal["code-points", "utf-16", "utf-8"]


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
    edits: bool = False
    media: bool = False
    #: Whether it shows sounds as voice notes.
    voice_notes: bool = False
    threads: bool = False
    #: Whether the platform shows people a menu of commands.
    command_menu: bool = False
    #: What to do with a send whose outcome is unknown: sending again may double it.
    unknown_policy: Literal["hold", "retry"] = "hold"


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


class ChannelAccount(Protocol):
    """One configured account of a channel. Thread-safe."""

    @property
    def account_id(self) -> str: ...

    def receive(self, request: WebhookRequest) -> list[InboundEnvelope]:
        """Verify a webhook call and read its messages. Raises WebhookRejected. Unknown kinds give an empty list."""
        ...

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk, rendered in the platform's dialect. Raises a ChannelError class."""
        ...

    def typing(self, route: ReplyRoute) -> None:
        """Show that the assistant is writing; never raises for a platform's refusal."""
        ...

    def close(self) -> None: ...


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


class ChannelPlugin(Protocol):
    """A channel kind, registered once."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def capabilities(self) -> ChannelCapabilities: ...

    def open_account(self, account_id: str, config: Mapping[str, Any]) -> ChannelAccount:
        """Build an account from its validated section. Raises ConfigError. Makes no network call."""
        ...
