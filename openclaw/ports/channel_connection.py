"""Accounts that keep a connection: a long poll, a socket, a child process. One connector holds each at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from openclaw.domain.envelope import InboundEnvelope, MediaRef


class Tenure(Protocol):
    """The right to hold an account's connection. It ends when the account is stopped, or when its lease might end.

    Thread-safe.
    """

    @property
    def over(self) -> bool:
        """Whether the connection must be given up now: to be asked before every poll or send."""
        ...

    def remaining_seconds(self) -> float:
        """How long the right surely lasts; a poll must not be longer. 0 when it is over."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait this long or until it is over; whether it is."""
        ...

    def on_over(self, callback: Callable[[], None]) -> None:
        """Call this once when it ends, from another thread; at once if it has ended. It must not block."""
        ...


class Inbox(Protocol):
    """Where a connection's messages go. Thread-safe; blocks while it stores, so asyncio code calls it in a thread."""

    def accept(self, *envelopes: InboundEnvelope, cursor: str | None = None) -> None:
        """Store messages, and then how far the source was read; a returned call is durable.

        Raises Unavailable when it cannot be stored now: the source must not be acknowledged then. The same event
        again is no error.
        """
        ...

    def admits(self, envelope: InboundEnvelope) -> bool:
        """Whether the message's sender may write: to be asked before a file of his is fetched for ``keep_file``.

        Nothing comes of the question. Who may not is accepted all the same, without the file: he may have to be told
        something. Raises Unavailable.
        """
        ...

    def cursor(self) -> str:
        """How far the source was read, as last accepted; empty at the first time."""
        ...

    def keep_file(self, content: bytes, mime: str, name: str) -> MediaRef:
        """Keep a file that only this connection can read. Raises Unavailable."""
        ...

    def alive(self, identity: str = "") -> None:
        """Say that the platform has answered, and who we are there: what liveness and back-off go by."""
        ...

    def show_login(self, code: str, expires_in_seconds: float) -> None:
        """Show people what they scan or type to link the account; empty when it is linked."""
        ...


@runtime_checkable
class ConnectingAccount(Protocol):
    """An account that may keep a connection."""

    @property
    def keeps_connection(self) -> bool:
        """Whether this account does, by its section."""
        ...

    @property
    def sends_over_connection(self) -> bool:
        """Whether ``send`` and its like work only in the process that holds the connection."""
        ...

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Hold the connection until the tenure is over, then give it up and return.

        Raises a ChannelError class when the platform ends it or cannot be reached: the connector calls again after
        a back-off that a success (``Inbox.alive``) resets. ChannelRejected means that trying again is of no use until
        the section changes or an operator starts the account.
        """
        ...


def keeps_connection(account: object) -> bool:
    """Whether a connector has to hold this account."""
    return isinstance(account, ConnectingAccount) and account.keeps_connection


def sends_over_connection(account: object) -> bool:
    """Whether only the connector that holds this account can send for it."""
    return isinstance(account, ConnectingAccount) and account.sends_over_connection


@runtime_checkable
class Unlinkable(Protocol):
    """An account that is linked by a person and can be unlinked."""

    def logout(self) -> None:
        """Unlink, and forget what the link was. Raises a ChannelError class. Called where the connection is held."""
        ...
