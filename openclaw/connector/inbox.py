"""Where a held connection's messages go: intake, then the cursor."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from openclaw.domain.envelope import InboundEnvelope, MediaRef
from openclaw.errors import InvalidRequest
from openclaw.ports.accounts import AccountName, AccountStore
from openclaw.ports.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InboxParts:
    """What all accounts' inboxes share."""

    #: Makes one message durable. Raises InvalidRequest or Unavailable.
    submit: Callable[[InboundEnvelope], object]
    #: Whether a message's sender may write. Raises Unavailable.
    admits: Callable[[InboundEnvelope], bool]
    #: Keeps a file: content, mime, name, now.
    keep: Callable[[bytes, str, str, int], MediaRef]
    store: AccountStore
    clock: Clock


class AccountInbox:
    """Implements ``Inbox``. ``note`` hears of what happened: alive, inbound, login."""

    def __init__(self, name: AccountName, parts: InboxParts, notes: InboxNotes) -> None:
        self._name = name
        self._parts = parts
        self._notes = notes

    def accept(self, *envelopes: InboundEnvelope, cursor: str | None = None) -> None:
        for envelope in envelopes:
            try:
                self._parts.submit(envelope)
            except InvalidRequest as error:
                # Asking the platform for it again would not help, and would hold up what comes behind it.
                log.warning("a message from %s/%s was refused: %s", *self._name, error)
        if cursor is not None:
            self._parts.store.move_cursor(self._name, cursor, self._parts.clock())
        if envelopes:
            self._notes.inbound()

    def admits(self, envelope: InboundEnvelope) -> bool:
        return self._parts.admits(envelope)

    def cursor(self) -> str:
        return self._parts.store.cursor(self._name)

    def keep_file(self, content: bytes, mime: str, name: str) -> MediaRef:
        return self._parts.keep(content, mime, name, self._parts.clock())

    def alive(self, identity: str = "") -> None:
        self._notes.alive(identity)

    def show_login(self, code: str, expires_in_seconds: float) -> None:
        self._notes.login(code, expires_in_seconds)


@dataclass(frozen=True, slots=True)
class InboxNotes:
    """Who hears of what happened to a connection."""

    inbound: Callable[[], None]
    alive: Callable[[str], None]
    login: Callable[[str, float], None]
