"""The stream of events: each is stored before the next is read.

signal-cli delivers an event to whoever listens and never again, so a message is in the journal before it is stored, and
what is left there is for the next connection. Run with ``--receive-mode=on-connection`` it leaves with Signal
what comes while nobody listens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from openclaw.channel_kit.http import until_over
from openclaw.channel_kit.journal import Journal
from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.signal.client import SignalClient
from openclaw.channels.signal.event_stream import EventStream
from openclaw.channels.signal.limits import MAX_EVENT_BYTES, STORE_AGAIN_SECONDS
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

Read = Callable[[dict[str, Any]], InboundEnvelope | None]


class Listener:
    """One time of holding the connection; ``hold`` is called once."""

    def __init__(self, client: SignalClient, journal: Journal, read: Read, inbox: Inbox, tenure: Tenure) -> None:
        self._client = client
        self._journal = journal
        self._read = read
        self._inbox = inbox
        self._tenure = tenure
        self._stream = EventStream(MAX_EVENT_BYTES)

    def hold(self, identity: str) -> None:
        """Take in events until the tenure is over. Raises a ChannelError class."""
        for name, event in self._journal.entries():
            envelope = self._envelope(event)
            if envelope is not None and not self._stored(envelope):
                return
            self._journal.remove(name)
        if self._tenure.over:
            return
        until_over(self._tenure, lambda: self._client.follow_events(lambda piece: self._take(piece, identity)))
        if not self._tenure.over:
            raise ChannelUnreachable("signal: signal-cli has ended the stream of events")

    def _take(self, piece: bytes, identity: str) -> None:
        self._inbox.alive(identity)
        left_out = self._stream.left_out
        events = self._stream.feed(piece)
        if self._stream.left_out > left_out:
            _log.warning("signal: an event of more than %d bytes is left out", MAX_EVENT_BYTES)
        # All of them first: what arrived together is lost together.
        arrived = [(envelope, self._kept(event)) for event in events if (envelope := self._envelope(event)) is not None]
        for envelope, name in arrived:
            if not self._stored(envelope):
                raise ChannelUnreachable("signal: the connection is given up")
            if name:
                self._journal.remove(name)

    def _kept(self, event: str) -> str:
        """Its name in the journal; empty where the disk takes nothing."""
        try:
            return self._journal.add(event)
        except OSError as error:
            _log.warning("signal: an event is not kept on disk while it waits: %s", error)
            return ""

    def _envelope(self, event: str) -> InboundEnvelope | None:
        try:
            return self._read(json_object(event))
        except Malformed as error:
            _log.warning("signal: an event is left out: %s", error)
            return None

    def _stored(self, envelope: InboundEnvelope) -> bool:
        """Store one message, however long the store is away; ``False`` when the tenure is over before."""
        while True:
            try:
                self._inbox.accept(envelope)
            except Unavailable as error:
                _log.warning("signal account %s: a message waits for the store: %s", envelope.account, error)
                if self._tenure.wait(STORE_AGAIN_SECONDS):
                    return False
            else:
                return True
